//! Settings of `cosign-verify`, and their resolved form.

use robot_contract::{Failure, Provenance};
use robot_sigstore::{Log, Pattern};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Settings of `cosign-verify`.
#[derive(Debug, Clone, clap::Args, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Input {
    /// Image to verify, with a tag or a digest
    #[arg(long, value_name = "IMAGE")]
    pub image: Option<String>,
    /// Platform whose image digest is verified too: linux/amd64
    #[arg(long, value_name = "OS/ARCH")]
    pub platform: Option<String>,
    /// File to verify, instead of an image
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Digest to verify, instead of an image: sha256:…
    #[arg(long, value_name = "DIGEST")]
    pub digest: Option<String>,
    /// Bundle files with signatures [default: search `look-in`]
    #[arg(long, value_name = "FILE", value_delimiter = ',')]
    pub bundles: Vec<PathBuf>,
    /// Where to search for signatures: registry, github
    #[arg(long, value_name = "PLACE", value_delimiter = ',', default_value = "registry,github")]
    pub look_in: Vec<Place>,
    /// Expected signer: own (a workflow of this repository), attest (as own, with provenance), github-builder (docker/github-builder called by this repository), robot-release (robot-release.yml called by this repository), robot-actions (releases of robot-actions); ignored with `certificate-identity`, `certificate-identity-regexp` or `key`
    #[arg(long, value_name = "WHO", default_value = "own")]
    pub signed_by: SignedBy,
    /// Exact identity in the certificate
    #[arg(long, value_name = "IDENTITY")]
    pub certificate_identity: Option<String>,
    /// Regular expression that must match the whole identity
    #[arg(long, value_name = "PATTERN")]
    pub certificate_identity_regexp: Option<String>,
    /// Exact issuer of the identity [default: GitHub Actions]
    #[arg(long, value_name = "URL")]
    pub certificate_oidc_issuer: Option<String>,
    /// Public key (PEM) of the signer
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// Whether a signature with a key needs an entry in a transparency log: require, ignore
    #[arg(long, value_name = "RULE", default_value = "require")]
    pub transparency_log: TransparencyLog,
    /// Repository of the build: owner/name [default with `signed-by`: this repository]
    #[arg(long, value_name = "REPOSITORY")]
    pub source_repository: Option<String>,
    /// Allowed git refs of the build: refs/heads/main, refs/tags/v*; `*` matches anything except `/`, `**` matches anything [default with `signed-by`: the default branch and all tags]
    #[arg(long, value_name = "REF", value_delimiter = ',')]
    pub source_ref: Vec<String>,
    /// Path of the workflow that ran: .github/workflows/release.yml
    #[arg(long, value_name = "PATH")]
    pub workflow: Option<String>,
    /// Allowed events that started the workflow: push, release
    #[arg(long, value_name = "EVENT", value_delimiter = ',')]
    pub trigger: Vec<String>,
    /// Required kind of runner: github-hosted, self-hosted
    #[arg(long, value_name = "KIND")]
    pub runner_environment: Option<String>,
    /// Accepted predicate types of attestations [default: cosign's signature and SLSA provenance]
    #[arg(long, value_name = "TYPE", value_delimiter = ',')]
    pub predicate_type: Vec<String>,
    /// Trusted roots: JSON, or one JSON document per line [default: embedded roots of Sigstore and GitHub]
    #[arg(long, value_name = "FILE")]
    pub trusted_root: Option<PathBuf>,
    /// User of `registry-password`
    #[arg(long, value_name = "NAME")]
    pub registry_username: Option<String>,
    /// Total seconds to wait for rate limits and for servers that do not respond
    #[arg(long, value_name = "SECONDS", default_value_t = 90)]
    pub patience: u64,
}

/// Where signatures are looked for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Beside the image
    Registry,
    /// GitHub's attestations of the repository
    Github,
}

/// Who must have signed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum SignedBy {
    /// A workflow of this repository
    Own,
    /// A workflow of this repository, which attests how it was built
    Attest,
    /// docker/github-builder, called by this repository
    GithubBuilder,
    /// robot-release.yml, called by this repository
    RobotRelease,
    /// The release workflow of robot-actions
    RobotActions,
}

/// Whether a signature with a key must be in a log.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum TransparencyLog {
    /// It must
    Require,
    /// It need not
    Ignore,
}

impl TransparencyLog {
    pub(crate) const fn log(self) -> Log {
        match self {
            Self::Require => Log::Required,
            Self::Ignore => Log::Ignored,
        }
    }
}

/// What is verified.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Subject {
    Image { reference: String, platform: Option<String> },
    File(PathBuf),
    Digest(String),
}

/// Who must have signed, as settings say it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum By {
    Preset(SignedBy),
    Exact { subject: String, issuer: String },
    Pattern { subject: String, issuer: String },
    Key(PathBuf),
}

/// Settings with nothing left open.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Settings {
    pub(crate) subject: Subject,
    pub(crate) bundles: Vec<PathBuf>,
    pub(crate) look_in: Vec<Place>,
    pub(crate) by: By,
    pub(crate) transparency_log: TransparencyLog,
    pub(crate) source: Source,
    pub(crate) predicate_types: Vec<String>,
    pub(crate) trusted_root: Option<PathBuf>,
    pub(crate) registry_username: Option<String>,
    pub(crate) patience: u64,
}

/// What the certificate must say of the build; what is empty is not asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Source {
    pub(crate) repository: Option<String>,
    pub(crate) refs: Vec<String>,
    pub(crate) workflow: Option<String>,
    pub(crate) triggers: Vec<String>,
    pub(crate) runner: Option<String>,
}

/// Makes settings of the input, once.
///
/// # Errors
/// A contradiction or a value that means nothing; it names its place.
pub(crate) fn resolve(input: Input, provenance: &Provenance) -> Result<Settings, Failure> {
    let wrong =
        |key: &str, what: &str| Failure::config(format!("{}: {what}", provenance.place(key)));
    let given = [input.image.is_some(), input.file.is_some(), input.digest.is_some()];
    let subject = match (input.image, input.file, input.digest) {
        (Some(reference), None, None) => Subject::Image { reference, platform: input.platform },
        (None, Some(file), None) => Subject::File(file),
        (None, None, Some(digest)) => match robot_sigstore::Digest::parse(&digest) {
            Some(_) => Subject::Digest(digest),
            None => return Err(wrong("digest", "expected `sha256:` and 64 hexadecimal digits")),
        },
        _ if given == [false; 3] => {
            return Err(
                Failure::user("no artifact is given").hint("set `image`, or `file` or `digest`")
            );
        }
        _ => return Err(wrong("image", "set only one of `image`, `file` and `digest`")),
    };
    let issuer = || {
        let issuer = input.certificate_oidc_issuer.clone();
        issuer.unwrap_or_else(|| robot_sigstore::GITHUB_ISSUER.to_owned())
    };
    let identity = (input.certificate_identity, input.certificate_identity_regexp, input.key);
    let by = match identity {
        (None, None, None) if input.certificate_oidc_issuer.is_some() => {
            let hint = "set `certificate-identity` or `certificate-identity-regexp`";
            let what = "an issuer without an identity accepts every account of that issuer";
            return Err(wrong("certificate-oidc-issuer", what).hint(hint));
        }
        (None, None, None) => By::Preset(input.signed_by),
        (Some(subject), None, None) => By::Exact { subject, issuer: issuer() },
        (None, Some(subject), None) => By::Pattern { subject, issuer: issuer() },
        (None, None, Some(key)) => By::Key(key),
        _ => {
            let what =
                "set only one of `certificate-identity`, `certificate-identity-regexp` and `key`";
            return Err(wrong("certificate-identity", what));
        }
    };
    if let Some(repository) = &input.source_repository
        && !is_repository(repository)
    {
        return Err(wrong("source-repository", "expected `owner/name`"));
    }
    if let By::Pattern { subject, .. } = &by {
        let key = "certificate-identity-regexp";
        let pattern = Pattern::new(subject)
            .map_err(|error| Failure::config(provenance.place(key)).caused_by(&error))?;
        if pattern.fits_anybody() && input.source_repository.is_none() {
            return Err(wrong(key, "the pattern matches any identity")
                .hint("add the repository to the pattern, or set `source-repository`"));
        }
    }
    if matches!(by, By::Key(_)) && input.source_repository.is_some() {
        return Err(wrong(
            "source-repository",
            "a signature with a key does not name a repository",
        ));
    }
    if !matches!(by, By::Key(_)) && input.transparency_log == TransparencyLog::Ignore {
        return Err(wrong("transparency-log", "`ignore` is only allowed with `key`"));
    }
    if let Some(runner) = &input.runner_environment
        && !["github-hosted", "self-hosted"].contains(&runner.as_str())
    {
        return Err(wrong("runner-environment", "expected github-hosted or self-hosted"));
    }
    let defaults = match by {
        By::Preset(SignedBy::Attest) => vec![robot_sigstore::SLSA_PROVENANCE],
        _ => vec![robot_sigstore::COSIGN_SIGNATURE, robot_sigstore::SLSA_PROVENANCE],
    };
    let predicate_types = match input.predicate_type.is_empty() {
        true => defaults.into_iter().map(str::to_owned).collect(),
        false => input.predicate_type,
    };
    Ok(Settings {
        subject,
        bundles: input.bundles,
        look_in: input.look_in,
        by,
        transparency_log: input.transparency_log,
        source: Source {
            repository: input.source_repository,
            refs: input.source_ref,
            workflow: input.workflow,
            triggers: input.trigger,
            runner: input.runner_environment,
        },
        predicate_types,
        trusted_root: input.trusted_root,
        registry_username: input.registry_username,
        patience: input.patience,
    })
}

/// It becomes part of an address.
fn is_repository(name: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word != ".."
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    name.split_once('/').is_some_and(|(owner, name)| is_word(owner) && is_word(name))
}
