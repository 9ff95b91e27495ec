//! Causes of a verdict.

use robot_golang::suite::Outcome;
use schemars::JsonSchema;
use serde::Serialize;

/// The cause of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A test failed an assertion
    Fail,
    /// The race detector found a race
    Race,
    /// A test panicked
    Panic,
    /// The Go runtime reported a fatal error: deadlock, concurrent map writes
    Fatal,
    /// A package exceeded its time limit
    Timeout,
    /// A package does not compile
    BuildFail,
    /// A package or a service could not be set up
    SetupFail,
    /// A test started and its end is missing from the event stream
    Incomplete,
    /// `go test` failed, and no test or package explains it
    UnexplainedExit,
    /// A service ended while tests ran
    ServiceGone,
    /// A test failed and then passed when its package was run again
    Flaky,
    /// Every test was skipped
    AllSkipped,
    /// The test process of a package passed without running any test
    NoTestRan,
    /// There are no tests
    NoTests,
    /// No package matches the patterns
    NoPackages,
    /// No layer is configured
    NoLayers,
    /// Coverage was requested, and a cover profile is missing or invalid
    NoCoverage,
    /// The run was cancelled
    Interrupted,
}

impl robot_contract::Cause for Cause {}

impl Cause {
    /// The cause of a layer that fails with this outcome; `None` if it does not fail.
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
