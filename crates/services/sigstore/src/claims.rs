//! What a certificate of Fulcio says of the one it was given to.
//! <https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md>

use crate::Rejection;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use x509_cert::Certificate;
use x509_cert::der::asn1::{ObjectIdentifier, Utf8StringRef};
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

/// The arc of Fulcio's extensions.
const ARC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.57264.1");
/// The extension of subject alternative names (RFC 5280, section 4.2.1.6).
const SUBJECT_ALT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
/// The older extension of the issuer: the text itself.
const RAW_ISSUER: u32 = 1;

/// One thing that a certificate says.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Claim {
    /// Who signed: an address of a workflow, or an e-mail address
    Subject,
    /// Who vouches for that: the OIDC issuer
    Issuer,
    /// The workflow that signed, with its ref
    BuildSigner,
    /// The commit of that workflow
    BuildSignerCommit,
    /// `github-hosted` or `self-hosted`
    RunnerEnvironment,
    /// The repository that was built
    SourceRepository,
    /// The commit that was built
    SourceCommit,
    /// The ref that was built
    SourceRef,
    /// Number of the repository, which stays when it is renamed
    SourceRepositoryId,
    /// Who owns the repository
    SourceOwner,
    /// Number of the owner
    SourceOwnerId,
    /// The workflow at the top, which called the others
    Workflow,
    /// The commit of that workflow
    WorkflowCommit,
    /// The event that started the run
    Trigger,
    /// The run
    Run,
    /// `public`, `private` or `internal`, when it was signed
    SourceVisibility,
    /// The environment that the job deploys to
    Environment,
    /// The subject of the token, as the provider has it
    TokenSubject,
}

/// The claims of extensions, by the last number of the extension.
const EXTENSIONS: [(u32, Claim); 17] = [
    (8, Claim::Issuer),
    (9, Claim::BuildSigner),
    (10, Claim::BuildSignerCommit),
    (11, Claim::RunnerEnvironment),
    (12, Claim::SourceRepository),
    (13, Claim::SourceCommit),
    (14, Claim::SourceRef),
    (15, Claim::SourceRepositoryId),
    (16, Claim::SourceOwner),
    (17, Claim::SourceOwnerId),
    (18, Claim::Workflow),
    (19, Claim::WorkflowCommit),
    (20, Claim::Trigger),
    (21, Claim::Run),
    (22, Claim::SourceVisibility),
    (23, Claim::Environment),
    (24, Claim::TokenSubject),
];

impl Claim {
    /// Its name in reports and outputs: `source-repository`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Issuer => "issuer",
            Self::BuildSigner => "build-signer",
            Self::BuildSignerCommit => "build-signer-commit",
            Self::RunnerEnvironment => "runner-environment",
            Self::SourceRepository => "source-repository",
            Self::SourceCommit => "source-commit",
            Self::SourceRef => "source-ref",
            Self::SourceRepositoryId => "source-repository-id",
            Self::SourceOwner => "source-owner",
            Self::SourceOwnerId => "source-owner-id",
            Self::Workflow => "workflow",
            Self::WorkflowCommit => "workflow-commit",
            Self::Trigger => "trigger",
            Self::Run => "run",
            Self::SourceVisibility => "source-visibility",
            Self::Environment => "environment",
            Self::TokenSubject => "token-subject",
        }
    }
}

/// What a certificate says. It counts only where the certificate was verified.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Claims(BTreeMap<Claim, String>);

impl Claims {
    /// One claim.
    pub fn get(&self, claim: Claim) -> Option<&str> {
        self.0.get(&claim).map(String::as_str)
    }

    /// All, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (Claim, &str)> {
        self.0.iter().map(|(claim, value)| (*claim, value.as_str()))
    }

    /// Reads a certificate (DER). What stands in it twice, has something behind it or is not text is not
    /// read as anything: such a certificate is refused whole.
    pub(crate) fn of(certificate: &[u8]) -> Result<Self, Rejection> {
        let refused = |what: String| Rejection::invalid(format!("the certificate {what}"));
        let certificate = Certificate::from_der(certificate)
            .map_err(|error| refused(format!("cannot be read: {error}")))?;
        let extensions = certificate.tbs_certificate.extensions.unwrap_or_default();
        let (mut claims, mut seen, mut raw_issuer) = (BTreeMap::new(), BTreeSet::new(), None);
        for extension in &extensions {
            let id = extension.extn_id;
            if !seen.insert(id) {
                return Err(refused(format!("has extension {id} twice")));
            }
            let value = extension.extn_value.as_bytes();
            if id == SUBJECT_ALT_NAME {
                claims.insert(Claim::Subject, subject(value).map_err(refused)?);
            } else if id.parent() == Some(ARC) {
                let number = id.arcs().last().unwrap_or_default();
                if number == RAW_ISSUER {
                    let text = std::str::from_utf8(value);
                    let text =
                        text.map_err(|_| refused(format!("has no text in extension {id}")))?;
                    raw_issuer = Some(text.to_owned());
                }
                let known = EXTENSIONS.iter().find(|(known, _)| *known == number);
                if let Some((_, claim)) = known {
                    let text = Utf8StringRef::from_der(value)
                        .map_err(|_| refused(format!("has no text in extension {id}")))?;
                    claims.insert(*claim, text.as_str().to_owned());
                }
            }
        }
        match (claims.get(&Claim::Issuer), raw_issuer) {
            (Some(issuer), Some(raw)) if *issuer != raw => {
                return Err(refused("names two issuers".to_owned()));
            }
            (None, Some(raw)) => {
                claims.insert(Claim::Issuer, raw);
            }
            _ => {}
        }
        Ok(Self(claims))
    }
}

/// The one name of a certificate.
fn subject(value: &[u8]) -> Result<String, String> {
    let names = SubjectAltName::from_der(value)
        .map_err(|error| format!("has alternative names that cannot be read: {error}"))?;
    match names.0.as_slice() {
        [GeneralName::Rfc822Name(name)] => Ok(name.as_str().to_owned()),
        [GeneralName::UniformResourceIdentifier(name)] => Ok(name.as_str().to_owned()),
        [_] => Err("names neither an address of a workflow nor of a person".to_owned()),
        names => Err(format!("has {} names, and one is expected", names.len())),
    }
}

/// The issuer's name of a certificate (DER), as DER.
pub(crate) fn issuer_name(certificate: &[u8]) -> Option<Vec<u8>> {
    Certificate::from_der(certificate).ok()?.tbs_certificate.issuer.to_der().ok()
}
