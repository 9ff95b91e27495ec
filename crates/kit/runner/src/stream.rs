//! Writing to standard output, which the runner reads.

use std::io::{self, Write as _};

/// Writes `text`, without colour if standard output is not a terminal.
///
/// # Errors
/// Standard output cannot be written. A closed pipe is not an error.
pub fn send(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        ended => ended,
    }
}
