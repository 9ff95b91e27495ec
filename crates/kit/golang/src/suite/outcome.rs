//! How a test or a package ended.

use serde::Serialize;

/// How a test or a package ended, in ascending order of severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TestOutcome {
    /// Skipped, or a package without tests.
    Skip,
    /// Passed.
    Pass,
    /// Was running when another test ended the process. It has no result and is not a failure; its package fails
    /// because of the other test.
    CutOff,
    /// Failed, and passed when run again.
    Flaky,
    /// Failed an assertion.
    Fail,
    /// The race detector found a race.
    Race,
    /// Panicked.
    Panic,
    /// The Go runtime reported a fatal error: deadlock, concurrent map writes.
    Fatal,
    /// It exceeded its time limit.
    Timeout,
    /// Does not compile.
    BuildFail,
    /// Could not be set up: a missing package, a service that was never ready.
    SetupFail,
    /// Started, and its end is missing from the stream.
    Incomplete,
}

impl TestOutcome {
    /// Whether it makes a layer fail.
    pub const fn is_failure(self) -> bool {
        !matches!(self, Self::Skip | Self::Pass | Self::CutOff | Self::Flaky)
    }

    /// The word in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Pass => "pass",
            Self::CutOff => "cut-off",
            Self::Flaky => "flaky",
            Self::Fail => "fail",
            Self::Race => "race",
            Self::Panic => "panic",
            Self::Fatal => "fatal",
            Self::Timeout => "timeout",
            Self::BuildFail => "build-fail",
            Self::SetupFail => "setup-fail",
            Self::Incomplete => "incomplete",
        }
    }

    /// The outcome that a line of test output indicates.
    pub fn of_output(line: &str) -> Option<Self> {
        let line = line.trim_end();
        if line.starts_with("panic: test timed out after ") {
            Some(Self::Timeout)
        } else if line.starts_with("panic: ") {
            Some(Self::Panic)
        } else if line.starts_with("fatal error: ") {
            Some(Self::Fatal)
        } else if line.starts_with("WARNING: DATA RACE")
            || line.ends_with("race detected during execution of test")
            || line.starts_with("testing: race detected outside of test execution")
        {
            Some(Self::Race)
        } else if line.starts_with("FAIL\t") && line.ends_with("[build failed]") {
            Some(Self::BuildFail)
        } else if line.starts_with("FAIL\t") && line.ends_with("[setup failed]") {
            Some(Self::SetupFail)
        } else {
            None
        }
    }
}
