//! Why a signature does not count.

use crate::Claims;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Characters of a sentence that are kept.
const SHOWN: usize = 500;

/// Why a signature does not count, told apart by what to do next. The order is that in which they are told.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Signed soundly, by somebody else or for something else
    IdentityNotAllowed,
    /// The signature, its certificate or its log entry does not verify
    SignatureInvalid,
    /// The log is not in the trusted root, which is old: newer keys may be missing
    RootTooOld,
    /// It has a form that is not understood
    FormatUnsupported,
}

/// One claim that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Mismatch {
    /// Which: `subject`, `issuer`, `source-repository`
    pub claim: String,
    /// What the policy wants
    pub expected: String,
    /// What the signature says; absent where it says nothing
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
}

/// Why a signature does not count, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The kind.
    pub reason: Reason,
    /// One sentence.
    pub detail: String,
    /// The next step, where there is one.
    pub hint: Option<String>,
    /// Claims that are not as they should be, of a sound signature.
    pub mismatches: Vec<Mismatch>,
    /// Who signed, where the signature is sound.
    pub claims: Option<Claims>,
}

impl Rejection {
    pub(crate) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        // It may quote what came from outside.
        let detail: String = detail.into().chars().take(SHOWN).collect();
        Self { reason, detail, hint: None, mismatches: Vec::new(), claims: None }
    }

    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
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
