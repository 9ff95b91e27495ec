//! Causes of a verdict.

use robot_golang::suite::TestOutcome;
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
    pub(crate) const fn of(outcome: TestOutcome) -> Option<Self> {
        match outcome {
            TestOutcome::Skip | TestOutcome::Pass | TestOutcome::CutOff | TestOutcome::Flaky => {
                None
            }
            TestOutcome::Fail => Some(Self::Fail),
            TestOutcome::Race => Some(Self::Race),
            TestOutcome::Panic => Some(Self::Panic),
            TestOutcome::Fatal => Some(Self::Fatal),
            TestOutcome::Timeout => Some(Self::Timeout),
            TestOutcome::BuildFail => Some(Self::BuildFail),
            TestOutcome::SetupFail => Some(Self::SetupFail),
            TestOutcome::Incomplete => Some(Self::Incomplete),
        }
    }
}
