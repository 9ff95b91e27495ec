//! Why a run of tests is not simply a pass.

use robot_golang::suite::Outcome;
use schemars::JsonSchema;
use serde::Serialize;

/// The finer reason of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A test failed an assertion
    Fail,
    /// The race detector found a race
    Race,
    /// A test panicked
    Panic,
    /// The runtime gave up: deadlock, concurrent map writes
    Fatal,
    /// A package's time was over
    Timeout,
    /// A package does not compile
    BuildFail,
    /// A package or a service could not be set up
    SetupFail,
    /// A test began and never ended: the evidence stops
    Incomplete,
    /// `go test` failed and no test says why
    UnexplainedExit,
    /// A service broke down while tests ran
    ServiceGone,
    /// A test failed, and passed when its package was run again
    Flaky,
    /// Every test skipped itself
    AllSkipped,
    /// The test process of a package passed without running a test
    NoTestRan,
    /// There is no test
    NoTests,
    /// No package matches
    NoPackages,
    /// No layer is declared
    NoLayers,
    /// Coverage was asked for, and a cover profile is missing or broken
    NoCoverage,
    /// The run was cancelled
    Interrupted,
}

impl robot_contract::Cause for Cause {}

impl Cause {
    /// Why a layer with this outcome fails; `None` where it does not.
    pub(crate) const fn of(outcome: Outcome) -> Option<Self> {
        match outcome {
            Outcome::Skip | Outcome::Pass | Outcome::CutOff | Outcome::Flaky => None,
            Outcome::Fail => Some(Self::Fail),
            Outcome::Race => Some(Self::Race),
            Outcome::Panic => Some(Self::Panic),
            Outcome::Fatal => Some(Self::Fatal),
            Outcome::Timeout => Some(Self::Timeout),
            Outcome::BuildFail => Some(Self::BuildFail),
            Outcome::SetupFail => Some(Self::SetupFail),
            Outcome::Incomplete => Some(Self::Incomplete),
        }
    }
}
