//! The error of all line-based formats.

use thiserror::Error;

/// A line that no Go version accepts. The caller knows the file and names it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {reason}")]
pub struct LineError {
    /// From 1.
    pub line: usize,
    /// What is wrong with it, as a lowercase fragment.
    pub reason: String,
}

impl LineError {
    pub(crate) fn new(line: usize, reason: impl Into<String>) -> Self {
        Self { line, reason: reason.into() }
    }
}
