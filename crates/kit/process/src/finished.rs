//! How a child process ended.

use crate::{Command, ProcessError};
use std::time::Duration;

/// Number of lines of standard error in an error message.
const TAIL_LINES: usize = 10;
/// Characters of each of them.
const TAIL_LINE_LENGTH: usize = 500;

/// How a child ended.
#[derive(Debug, Clone, Default)]
pub struct Finished {
    /// Exit code; `None` when a signal ended it, or when it was cancelled before it started.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Captured standard output, bounded.
    pub stdout: Vec<u8>,
    /// Captured standard error, bounded.
    pub stderr: Vec<u8>,
    /// Wall time from start to end.
    pub wall: Duration,
    /// User and system time of the child and the descendants it waited for; `None` if the system does not report it.
    pub cpu: Option<Duration>,
    /// Stopped because of its timeout.
    pub timed_out: bool,
    /// Stopped, or never started, because it was cancelled.
    pub cancelled: bool,
}

impl Finished {
    /// Whether the exit code is 0 and it was neither timed out nor cancelled.
    pub fn success(&self) -> bool {
        self.code == Some(0) && !self.timed_out && !self.cancelled
    }

    /// `exit code 1`, `signal 9`, `timeout`, `cancelled`.
    pub fn status(&self) -> String {
        match (self.cancelled, self.timed_out, self.code, self.signal) {
            (true, ..) => "cancelled".to_owned(),
            (_, true, ..) => "timeout".to_owned(),
            (_, _, Some(code), _) => format!("exit code {code}"),
            (_, _, _, Some(signal)) => format!("signal {signal}"),
            _ => "no status".to_owned(),
        }
    }

    /// Itself, or an error with the command line, the status and the last lines of standard error.
    ///
    /// # Errors
    /// It failed.
    pub fn require_success(self, command: &Command) -> Result<Self, ProcessError> {
        if self.success() {
            return Ok(self);
        }
        let text = String::from_utf8_lossy(&self.stderr);
        let lines: Vec<&str> = text.lines().collect();
        let mut tail = String::new();
        for line in &lines[lines.len().saturating_sub(TAIL_LINES)..] {
            tail.push('\n');
            tail.extend(line.chars().take(TAIL_LINE_LENGTH));
        }
        Err(ProcessError::Failed { line: command.to_string(), status: self.status(), tail })
    }
}
