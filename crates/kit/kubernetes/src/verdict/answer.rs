//! What the engine answers.

use super::Cause;
use jiff::Timestamp;

/// Whether a workload can still succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It has succeeded.
    Succeeded,
    /// It has failed, or cannot succeed any more.
    Failed(Failed),
    /// Neither is decided.
    Waiting(Waiting),
}

/// How it failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// Why.
    pub cause: Cause,
    /// The server's word, as it is: `BackoffLimitExceeded`.
    pub reason: String,
    /// The server's sentence, as it is.
    pub message: String,
    /// The part that failed.
    pub part: Part,
    /// Whether it still runs, and whoever asked for it has to stop it.
    pub is_running: bool,
}

/// A part of a workload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// Pod; empty for the workload itself.
    pub pod: String,
    /// Container; empty for the pod itself.
    pub container: String,
    /// Its exit code, where it has ended.
    pub exit_code: Option<i32>,
}

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// What for: `the image`.
    pub what: String,
    /// The server's word; empty where nothing is wrong.
    pub reason: String,
    /// The server's sentence.
    pub message: String,
    /// When it will be taken for a failure if nothing changes: ask again then.
    pub until: Option<Timestamp>,
}

impl Waiting {
    /// For something that is on its way.
    pub(super) fn for_the(what: impl Into<String>) -> Self {
        Self { what: what.into(), reason: String::new(), message: String::new(), until: None }
    }

    /// The server's word and sentence.
    pub(super) fn because(mut self, reason: &str, message: &str) -> Self {
        reason.clone_into(&mut self.reason);
        message.clone_into(&mut self.message);
        self
    }

    /// Whole seconds of grace that are left, rounded up.
    pub fn seconds_left(&self, now: Timestamp) -> Option<i64> {
        let left = self.until?.duration_since(now).as_millis();
        Some(i64::try_from((left.max(0) + 999) / 1000).unwrap_or(i64::MAX))
    }

    /// The line that is told while it waits: `waiting for the image: ErrImagePull: … (12 s of grace left)`.
    pub fn line(&self, now: Timestamp) -> String {
        let mut line = format!("waiting for {}", self.what);
        for part in [&self.reason, &self.message] {
            if !part.is_empty() {
                line.push_str(": ");
                line.push_str(part);
            }
        }
        if let Some(left) = self.seconds_left(now) {
            line.push_str(&format!(" ({left} s of grace left)"));
        }
        line
    }
}
