use std::io;
use thiserror::Error;

/// Why a child process did not do its work.
#[derive(Debug, Error)]
pub enum ProcessError {
    /// The program is not to be found.
    #[error("`{program}` was not found in PATH")]
    NotFound {
        /// Its name.
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
    /// The program ended without success.
    #[error("`{line}` ended with {status}{tail}")]
    Failed {
        /// The command line.
        line: String,
        /// `exit code 1`, `signal 9`, ….
        status: String,
        /// Its last lines of standard error, each after a line end.
        tail: String,
    },
    /// Talking to the program failed.
    #[error("talking to `{line}` failed")]
    Talk {
        /// The command line.
        line: String,
        /// The reason.
        source: io::Error,
    },
}
