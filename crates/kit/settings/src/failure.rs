//! Errors for users: what failed, where, and the next step.

use robot_model::{FailureKind, FailureRecord};
use std::error::Error;
use std::fmt;

/// Why a verb failed before it could decide: what failed, where, and the next step.
///
/// Displayed once, by the kit, as `error:` / `caused by:` / `hint:`.
#[derive(Debug)]
pub struct Failure(FailureRecord);

impl Failure {
    /// A wrong command line or action input (exit 2).
    pub fn user(message: impl Into<String>) -> Self {
        Self::new(FailureKind::User, message)
    }

    /// A wrong robot.yml, or settings that contradict each other (exit 2).
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Config, message)
    }

    /// An external program, disk or server failed (exit 3).
    pub fn external(message: impl Into<String>) -> Self {
        Self::new(FailureKind::External, message)
    }

    /// The evidence is missing, invalid or out of date (exit 11).
    pub fn evidence(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Evidence, message)
    }

    /// An internal error (exit 1).
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Internal, message)
    }

    /// SIGINT or SIGTERM arrived (exit 130).
    pub fn interrupted(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Interrupted, message)
    }

    fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self(FailureRecord { kind, message: message.into(), causes: Vec::new(), hints: Vec::new() })
    }

    /// Adds `error` and everything below it as causes.
    #[must_use]
    pub fn caused_by(mut self, error: &dyn Error) -> Self {
        let mut next = Some(error);
        while let Some(cause) = next {
            self.0.causes.push(cause.to_string());
            next = cause.source();
        }
        self
    }

    /// Adds a next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hints.push(hint.into());
        self
    }

    /// The kind of failure.
    pub const fn kind(&self) -> FailureKind {
        self.0.kind
    }

    /// The failure as data, for `result.json`.
    pub const fn record(&self) -> &FailureRecord {
        &self.0
    }
}

impl From<FailureRecord> for Failure {
    fn from(record: FailureRecord) -> Self {
        Self(record)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "error: {}", self.0.message)?;
        for cause in &self.0.causes {
            write!(formatter, "\n  caused by: {cause}")?;
        }
        for hint in &self.0.hints {
            write!(formatter, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

/// Converts a library's error to a [`Failure`] with a message about what was being done.
pub trait ResultExt<T> {
    /// An external failure (exit 3) with a message about what was being done.
    ///
    /// # Errors
    /// The given error, as the cause.
    fn or_external(self, doing: impl FnOnce() -> String) -> Result<T, Failure>;
}

impl<T, E: Error> ResultExt<T> for Result<T, E> {
    fn or_external(self, doing: impl FnOnce() -> String) -> Result<T, Failure> {
        self.map_err(|error| Failure::external(doing()).caused_by(&error))
    }
}
