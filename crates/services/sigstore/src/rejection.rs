//! Why a signature is rejected.

use crate::Claims;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Characters of a sentence that are kept.
const SHOWN: usize = 500;

/// Why a signature is rejected. Each reason needs another next step.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The signature is valid, but its signer or its type is not allowed
    IdentityNotAllowed,
    /// The signature, its certificate or its log entry is invalid
    SignatureInvalid,
    /// The log is not in the trusted root, and the root is old: newer keys may be missing
    RootTooOld,
    /// The format is not supported
    FormatUnsupported,
}

/// One claim that differs from the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Mismatch {
    /// Name of the claim: `subject`, `issuer`, `source-repository`
    pub claim: String,
    /// What the policy expects
    pub expected: String,
    /// What the signature contains; absent if it contains nothing
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
}

/// Why a signature is rejected, and what is known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The kind.
    pub reason: Reason,
    /// One sentence.
    pub detail: String,
    /// The next step, where there is one.
    pub hint: Option<String>,
    /// Claims of a valid signature that differ from the policy.
    pub mismatches: Vec<Mismatch>,
    /// Claims of the certificate, if the signature is valid.
    pub claims: Option<Claims>,
}

impl Rejection {
    pub(crate) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        // It may quote untrusted text.
        let detail: String = detail.into().chars().take(SHOWN).collect();
        Self { reason, detail, hint: None, mismatches: Vec::new(), claims: None }
    }

    /// A signature that is invalid, or that says nothing of the artifact.
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(Reason::SignatureInvalid, detail)
    }

    pub(crate) fn unsupported(detail: impl Into<String>) -> Self {
        Self::new(Reason::FormatUnsupported, detail)
    }

    #[must_use]
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}
