//! Writes the beginning and the end of a child's output to a file of bounded size.

use crate::capture::Capture;
use crate::sink::Sink;
use crate::{Finished, Stream};
use std::fs::File;
use std::io::Write as _;

/// Bytes from the beginning that are kept.
const HEAD: u64 = 32 << 20;
/// Bytes from the end that are kept of a longer output.
const TAIL: usize = 1 << 20;

/// Writes the beginning immediately, so that it is kept whatever happens, and the end when the child ends.
pub(crate) struct LogFile {
    file: File,
    room: u64,
    rest: Capture,
}

impl LogFile {
    pub(crate) fn new(file: File) -> Self {
        Self { file, room: HEAD, rest: Capture::of_tail(TAIL) }
    }
}

impl Sink for LogFile {
    fn push(&mut self, _: Stream, bytes: &[u8]) {
        let taken = usize::try_from(self.room).unwrap_or(usize::MAX).min(bytes.len());
        // A full disk must not stop the child, because its result matters more than its log.
        let _ = self.file.write_all(&bytes[..taken]);
        self.room -= taken as u64;
        self.rest.push(&bytes[taken..]);
    }

    fn end(&mut self, _: &mut Finished) {
        let _ = self.file.write_all(&self.rest.take());
    }
}
