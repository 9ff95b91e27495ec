//! Where a deployment runs: this machine now, a cluster later. Both show what they have in the same objects.

use robot_contract::Failure;
use robot_kubernetes::verdict::Seen;
use std::time::Duration;

/// A line that the robot wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// Number of the attempt, from 1.
    pub(crate) attempt: u32,
    pub(crate) text: String,
}

/// Where a deployment runs.
pub(crate) trait Target {
    /// Begins to run the workload under this name.
    ///
    /// # Errors
    /// It cannot be begun at all.
    fn start(&mut self, name: &str) -> Result<(), Failure>;

    /// Its UID; empty before it was started.
    fn uid(&self) -> &str;

    /// What is seen now.
    fn seen(&self) -> Seen<'_>;

    /// Waits until something new is seen, at most so long; lines that were written meanwhile go to `tell`
    /// as they come.
    ///
    /// # Errors
    /// Nothing can be seen any more.
    fn next(&mut self, wait: Duration, tell: &mut dyn FnMut(&Line)) -> Result<(), Failure>;

    /// Stops the workload and waits until it has ended; lines that were still on their way go to `tell`.
    fn stop(&mut self, tell: &mut dyn FnMut(&Line));

    /// What happened when, in order.
    fn moments(&self) -> &[Moment];

    /// Attempts that were begun.
    fn attempts(&self) -> u32;
}

/// Something that happened to an attempt.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Moment {
    pub(crate) attempt: u32,
    pub(crate) kind: MomentKind,
    /// Since the verb began.
    pub(crate) at: Duration,
}

/// What happens to an attempt, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum MomentKind {
    Scheduled,
    Pulled,
    Started,
    FirstLog,
    Finished,
}

impl MomentKind {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Pulled => "pulled",
            Self::Started => "started",
            Self::FirstLog => "first log",
            Self::Finished => "finished",
        }
    }
}
