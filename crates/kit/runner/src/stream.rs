//! Standard output, which the runner reads.

use std::io::{self, Write as _};

/// Writes `text` whole, without colour where nobody sees it.
///
/// # Errors
/// Standard output cannot be written. Whoever closed it has read enough.
pub fn send(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        ended => ended,
    }
}
