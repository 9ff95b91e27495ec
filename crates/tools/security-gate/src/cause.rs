//! Why a verdict is what it is, and what kinds of findings do.

use robot_model::Verdict;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a kind of finding does.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Response {
    /// Fails
    Fail,
    /// Warns
    Warn,
    /// Is told
    Note,
}

impl Response {
    pub(crate) const fn verdict(self) -> Verdict {
        match self {
            Self::Fail => Verdict::Fail,
            Self::Warn => Verdict::Warn,
            Self::Note => Verdict::Pass,
        }
    }
}

/// The finer reason of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A finding that fails is new
    Introduced,
    /// A finding that fails is there; there is no baseline to tell since when
    Found,
    /// A finding that fails was there before
    Known,
    /// An advisory was published since the baseline
    Drift,
    /// There are more findings of a severity than allowed
    OverLimit,
    /// A report or a scan proves nothing
    UnsoundReport,
    /// A scan did not look at everything
    Incomplete,
    /// A database of advisories is too old
    OldDatabase,
    /// There should be a baseline, and it cannot be read
    NoBaseline,
    /// An entry of an ignore file has ended, ends soon, or fits nothing
    IgnoreFile,
    /// The upload to code scanning failed, and not for want of a licence or a permission
    NotUploaded,
    /// No scanner is configured or present
    NoScanner,
}

impl robot_contract::Cause for Cause {}
