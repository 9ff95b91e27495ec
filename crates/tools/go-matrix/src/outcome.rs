//! How a cell ended.

use robot_golang::suite;
use robot_model::Verdict;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a cell ended. The order is severity.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum CellOutcome {
    /// Everything passed
    Pass,
    /// A file says that this Go, or this combination, cannot work
    Unsupported,
    /// Only `go vet` complains, or tests passed when they ran again
    Warn,
    /// It could not be tried: a toolchain or module that cannot be had
    Inconclusive,
    /// A test failed
    Fail,
    /// The race detector found a race
    Race,
    /// A test panicked, or the runtime gave up
    Panic,
    /// A package's time was over, or its evidence stops
    Timeout,
    /// It does not compile
    BuildFail,
}

impl CellOutcome {
    /// What the tests came to; `None` where there is not one.
    pub(crate) fn of(outcome: Option<suite::TestOutcome>) -> Option<Self> {
        use suite::TestOutcome as Test;
        Some(match outcome? {
            Test::Skip | Test::Pass => Self::Pass,
            Test::Flaky => Self::Warn,
            Test::CutOff | Test::Fail => Self::Fail,
            Test::Race => Self::Race,
            Test::Panic | Test::Fatal => Self::Panic,
            Test::Timeout | Test::Incomplete => Self::Timeout,
            Test::BuildFail | Test::SetupFail => Self::BuildFail,
        })
    }

    /// The word in tables and outputs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Unsupported => "unsupported",
            Self::Warn => "warn",
            Self::Inconclusive => "inconclusive",
            Self::Fail => "fail",
            Self::Race => "race",
            Self::Panic => "panic",
            Self::Timeout => "timeout",
            Self::BuildFail => "build-fail",
        }
    }

    /// What it means for the matrix.
    pub(crate) const fn verdict(self) -> Verdict {
        match self {
            Self::Pass => Verdict::Pass,
            Self::Unsupported => Verdict::Skipped,
            Self::Warn => Verdict::Warn,
            Self::Inconclusive => Verdict::Inconclusive,
            Self::Fail | Self::Race | Self::Panic | Self::Timeout | Self::BuildFail => {
                Verdict::Fail
            }
        }
    }
}
