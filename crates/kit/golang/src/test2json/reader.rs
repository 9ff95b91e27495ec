//! Reads the lines of a stream with one buffer.

use super::{Line, parse};
use std::io::{self, BufRead};

/// Bytes of one line that are kept; the rest of a longer one is skipped.
///
/// Go divides a test's output into events of about one kibibyte. Only build output and lines that are not events
/// can be longer.
pub const LINE_CAP: usize = 16 * 1024 * 1024;

/// Reads the stream line by line with one buffer, so that memory does not grow with its length.
#[derive(Debug)]
pub struct Reader<R> {
    source: R,
    line: Vec<u8>,
    cap: usize,
    cut_lines: u64,
}

impl<R: BufRead> Reader<R> {
    /// A reader of `source`, with lines of up to [`LINE_CAP`] bytes.
    pub const fn new(source: R) -> Self {
        Self::with_cap(source, LINE_CAP)
    }

    /// A reader that keeps `cap` bytes of a line, including its end.
    pub const fn with_cap(source: R, cap: usize) -> Self {
        Self { source, line: Vec::new(), cap, cut_lines: 0 }
    }

    /// Number of lines so far that were longer than the cap. Their kept part is returned as text, so an event may
    /// have been lost.
    pub const fn cut_lines(&self) -> u64 {
        self.cut_lines
    }

    /// The next line; `None` at the end. A last line without a line end counts.
    ///
    /// # Errors
    /// The source cannot be read.
    pub fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        self.line.clear();
        let Some(length) = self.read_line()? else {
            return Ok(None);
        };
        if length > self.line.len() {
            self.cut_lines += 1;
            return Ok(Some(Line::Text(&self.line)));
        }
        let line = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        Ok(Some(parse(line)))
    }

    /// Reads the next line with its end and keeps its first bytes; `None` at the end.
    fn read_line(&mut self) -> io::Result<Option<usize>> {
        let mut length = 0;
        loop {
            let available = match self.source.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                available => available?,
            };
            if available.is_empty() {
                return Ok((length > 0).then_some(length));
            }
            let end = memchr::memchr(b'\n', available).map(|at| at + 1);
            let taken = end.unwrap_or(available.len());
            let kept = self.cap.saturating_sub(self.line.len()).min(taken);
            self.line.extend_from_slice(&available[..kept]);
            self.source.consume(taken);
            length += taken;
            if end.is_some() {
                return Ok(Some(length));
            }
        }
    }
}
