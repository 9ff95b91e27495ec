//! Errors of child processes.

use std::io;
use thiserror::Error;

/// Why a child process failed.
#[derive(Debug, Error)]
pub enum ProcessError {
    /// The program was not found.
    #[error("`{program}` was not found")]
    NotFound {
        /// Its name or path.
        program: String,
    },
    /// The program could not be started.
    #[error("`{line}` could not be started")]
    Start {
        /// The command line.
        line: String,
        /// The reason.
        source: io::Error,
    },
    /// The program ended with a failure.
    #[error("`{line}` ended with {status}{tail}")]
    Failed {
        /// The command line.
        line: String,
        /// `exit code 1`, `signal 9`, `timeout`, `cancelled`.
        status: String,
        /// Its last lines of standard error, each after a line end.
        tail: String,
    },
    /// Waiting for the program, reading what it prints or opening its log failed.
    #[error("waiting for `{line}`, reading its output or opening its log failed")]
    Io {
        /// The command line.
        line: String,
        /// The reason.
        source: io::Error,
    },
}

impl ProcessError {
    /// What the user can do about it, if known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotFound { program } if program.contains('/') => {
                Some(format!("check that `{program}` exists and is a file this system can run"))
            }
            Self::NotFound { program } => {
                Some(format!("install `{program}` in an earlier step, or add its folder to PATH"))
            }
            Self::Start { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                Some("make the file executable: `chmod +x`".to_owned())
            }
            _ => None,
        }
    }
}
