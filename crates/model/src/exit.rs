//! Exit codes.

use crate::{FailureKind, Verdict};

/// The exit codes of every binary: public API. Finer reasons are a typed output (`cause`), never a
/// new code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitStatus {
    /// Verdict `pass`, `warn` or `skipped`.
    Success = 0,
    /// An internal error.
    Internal = 1,
    /// Wrong flag, input or robot.yml.
    Usage = 2,
    /// Something external failed: a program, the disk, a server.
    External = 3,
    /// A gate decided `fail`.
    GateFailed = 10,
    /// The evidence is missing or insufficient.
    Inconclusive = 11,
    /// SIGINT or SIGTERM arrived.
    Interrupted = 130,
}

impl ExitStatus {
    /// The number the process exits with.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The status that a child's exit code stands for; `None` for other codes (a signal, a crash).
    pub const fn from_code(code: i32) -> Option<Self> {
        Some(match code {
            0 => Self::Success,
            1 => Self::Internal,
            2 => Self::Usage,
            3 => Self::External,
            10 => Self::GateFailed,
            11 => Self::Inconclusive,
            130 => Self::Interrupted,
            _ => return None,
        })
    }
}

impl From<Verdict> for ExitStatus {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass | Verdict::Warn | Verdict::Skipped => Self::Success,
            Verdict::Inconclusive => Self::Inconclusive,
            Verdict::Fail => Self::GateFailed,
        }
    }
}

impl From<FailureKind> for ExitStatus {
    fn from(kind: FailureKind) -> Self {
        match kind {
            FailureKind::Internal => Self::Internal,
            FailureKind::User | FailureKind::Config => Self::Usage,
            FailureKind::External => Self::External,
            FailureKind::Evidence => Self::Inconclusive,
            FailureKind::Interrupted => Self::Interrupted,
        }
    }
}
