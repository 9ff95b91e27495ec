//! Causes, and the verdict of each.

use robot_model::Verdict;
use robot_sigstore::Reason;
use schemars::JsonSchema;
use serde::Serialize;

/// Why it is not a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// No signature was found
    Unsigned,
    /// The signature is valid, but its signer or its type is not allowed
    IdentityNotAllowed,
    /// The signature, its certificate or its log entry is invalid
    SignatureInvalid,
    /// The log of the signature is not in the trusted root, and the root is older than 120 days
    RootTooOld,
    /// The format of the signature is not supported
    FormatUnsupported,
    /// A request to the registry or to GitHub failed
    RegistryError,
}

impl robot_contract::Cause for Cause {}

impl Cause {
    /// The verdict and the cause of a rejected signature.
    pub(crate) const fn of(reason: Reason) -> (Verdict, Self) {
        match reason {
            Reason::IdentityNotAllowed => (Verdict::Fail, Self::IdentityNotAllowed),
            Reason::SignatureInvalid => (Verdict::Fail, Self::SignatureInvalid),
            Reason::RootTooOld => (Verdict::Inconclusive, Self::RootTooOld),
            Reason::FormatUnsupported => (Verdict::Inconclusive, Self::FormatUnsupported),
        }
    }
}
