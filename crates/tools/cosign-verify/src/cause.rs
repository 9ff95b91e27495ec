//! The finer reasons, and what each does to the verdict.

use robot_model::Verdict;
use robot_sigstore::Reason;
use schemars::JsonSchema;
use serde::Serialize;

/// Why it is not a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// There is no signature
    Unsigned,
    /// The signature is sound, but by somebody else or for something else
    IdentityNotAllowed,
    /// The signature, its certificate or its log entry does not verify
    SignatureInvalid,
    /// The log of the signature is not in the trusted root, which is older than 120 days
    RootTooOld,
    /// The signature has a form that is not understood
    FormatUnsupported,
}

impl robot_contract::Cause for Cause {}

impl Cause {
    /// What a rejected signature does to the verdict.
    pub(crate) const fn of(reason: Reason) -> (Verdict, Self) {
        match reason {
            Reason::IdentityNotAllowed => (Verdict::Fail, Self::IdentityNotAllowed),
            Reason::SignatureInvalid => (Verdict::Fail, Self::SignatureInvalid),
            Reason::RootTooOld => (Verdict::Inconclusive, Self::RootTooOld),
            Reason::FormatUnsupported => (Verdict::Inconclusive, Self::FormatUnsupported),
        }
    }
}
