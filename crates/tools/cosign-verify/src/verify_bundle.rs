//! `verify-bundle`: verifies one bundle against a file or a digest.

use crate::{Cause, Output, report, roots};
use robot_contract::{Action, Context, Failure, Outcome, Provenance, ResultExt};
use robot_sigstore::{
    Artifact, BUNDLE_BYTES, Candidate, GITHUB_ISSUER, Identity, Instance, Policy, Signer,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Verifies one bundle.
#[derive(Debug)]
pub struct VerifyBundle;

/// Settings of `cosign-verify verify-bundle`.
#[derive(Debug, Clone, clap::Args, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Input {
    /// Bundle to verify (`.sigstore.json`)
    #[arg(long, value_name = "FILE")]
    pub bundle: Option<PathBuf>,
    /// Exact identity in the certificate
    #[arg(long, value_name = "IDENTITY")]
    pub certificate_identity: Option<String>,
    /// Exact issuer of the identity [default: GitHub Actions]
    #[arg(long, value_name = "URL")]
    pub certificate_oidc_issuer: Option<String>,
    /// Public key (PEM) of the signer, instead of an identity
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// Trusted root (JSON) [default: embedded roots of Sigstore and GitHub]
    #[arg(long, value_name = "FILE")]
    pub trusted_root: Option<PathBuf>,
    /// Use the embedded root of Sigstore's staging instance
    #[arg(long)]
    pub staging: bool,
    /// Signed file, or its digest: `sha256:…`
    #[arg(value_name = "FILE|DIGEST")]
    pub artifact: Option<String>,
}

/// Settings with nothing left open.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Settings {
    bundle: PathBuf,
    signer: By,
    trusted_root: Option<PathBuf>,
    is_staging: bool,
    artifact: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
enum By {
    Identity { subject: String, issuer: String },
    Key(PathBuf),
}

impl Action for VerifyBundle {
    const TOOL: &'static str = "cosign-verify";
    const VERB: Option<&'static str> = Some("verify-bundle");
    const ABOUT: &'static str = "Verify one bundle against a file or a digest";
    const GATE: bool = true;
    type Input = Input;
    type Settings = Settings;
    type Output = Output;
    type Cause = Cause;

    fn resolve(input: Input, provenance: &Provenance) -> Result<Settings, Failure> {
        let missing = |what: &str, hint: &str| Failure::user(what.to_owned()).hint(hint.to_owned());
        let wrong =
            |key: &str, what: &str| Failure::config(format!("{}: {what}", provenance.place(key)));
        let signer = match (input.certificate_identity, input.key) {
            (Some(_), Some(_)) => {
                return Err(wrong("key", "`certificate-identity` is also set; set one of them"));
            }
            (Some(subject), None) => By::Identity {
                subject,
                issuer: input.certificate_oidc_issuer.unwrap_or_else(|| GITHUB_ISSUER.to_owned()),
            },
            (None, Some(key)) => By::Key(key),
            (None, None) => {
                return Err(missing(
                    "no signer is given",
                    "set `certificate-identity` (and `certificate-oidc-issuer`), or `key`",
                ));
            }
        };
        if input.staging && input.trusted_root.is_some() {
            return Err(wrong("staging", "`trusted-root` is also set; set one of them"));
        }
        Ok(Settings {
            bundle: input.bundle.ok_or_else(|| missing("no bundle is given", "set `bundle`"))?,
            signer,
            trusted_root: input.trusted_root,
            is_staging: input.staging,
            artifact: input.artifact.ok_or_else(|| {
                missing("no artifact is given", "give a file, or a digest (`sha256:…`)")
            })?,
        })
    }

    fn execute(
        settings: Settings,
        context: &mut Context,
    ) -> Result<Outcome<Output, Cause>, Failure> {
        let instances: &[Instance] = match settings.is_staging {
            true => &[Instance::Staging],
            false => &[Instance::PublicGood, Instance::GitHub],
        };
        let verifier = roots::verifier(settings.trusted_root.as_deref(), instances, context)?;
        let signer = match &settings.signer {
            By::Identity { subject, issuer } => Signer::Identity(Identity::exact(subject, issuer)),
            By::Key(file) => Signer::Key(roots::key(file, context)?),
        };
        let bytes = roots::read_up_to(&settings.bundle, BUNDLE_BYTES as u64, context)?;
        let candidate = Candidate::bundle(settings.bundle.display().to_string(), &bytes);
        let artifact = Artifact::named(&settings.artifact, &context.directory);
        let now = context.clock.now();
        let judgement = verifier
            .judge(&artifact, &[candidate], &Policy::of(signer), now)
            .or_external(|| format!("{} cannot be read", settings.artifact))?;
        Ok(report::outcome(&settings.artifact, &judgement, &verifier, now, None))
    }
}
