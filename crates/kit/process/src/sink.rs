//! Destinations of a child's output: a bounded capture, or lines.

use crate::capture::Capture;
use crate::{Finished, Stream};

/// Largest streamed line in bytes; the rest of a longer line is passed as further lines.
const LINE_CAP: usize = 1024 * 1024;

/// A destination of a child's streams.
pub(crate) trait Sink {
    /// Receives bytes, divided anywhere.
    fn push(&mut self, stream: Stream, bytes: &[u8]);
    /// Called once, after both streams have ended.
    fn end(&mut self, finished: &mut Finished);
}

/// Captures both streams within a limit.
pub(crate) struct Captures {
    out: Capture,
    err: Capture,
}

impl Captures {
    pub(crate) fn new(cap: usize) -> Self {
        Self { out: Capture::new(cap), err: Capture::new(cap) }
    }
}

impl Sink for Captures {
    fn push(&mut self, stream: Stream, bytes: &[u8]) {
        match stream {
            Stream::Out => self.out.push(bytes),
            Stream::Err => self.err.push(bytes),
        }
    }

    fn end(&mut self, finished: &mut Finished) {
        finished.stdout = self.out.take();
        finished.stderr = self.err.take();
    }
}

/// Passes on whole lines.
pub(crate) struct Lines<'a> {
    on_line: &'a mut dyn FnMut(Stream, &[u8]),
    out: Vec<u8>,
    err: Vec<u8>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(on_line: &'a mut dyn FnMut(Stream, &[u8])) -> Self {
        Self { on_line, out: Vec::new(), err: Vec::new() }
    }
}

impl Sink for Lines<'_> {
    fn push(&mut self, stream: Stream, mut bytes: &[u8]) {
        let begun = match stream {
            Stream::Out => &mut self.out,
            Stream::Err => &mut self.err,
        };
        while !bytes.is_empty() {
            let room = LINE_CAP - begun.len();
            let (piece, rest, complete) = match memchr::memchr(b'\n', bytes) {
                Some(end) if end <= room => (&bytes[..end], &bytes[end + 1..], true),
                _ if bytes.len() > room => (&bytes[..room], &bytes[room..], true),
                _ => (bytes, &[][..], false),
            };
            match (complete, begun.is_empty()) {
                (true, true) => (self.on_line)(stream, piece),
                (true, false) => {
                    begun.extend_from_slice(piece);
                    (self.on_line)(stream, begun);
                    begun.clear();
                }
                (false, _) => begun.extend_from_slice(piece),
            }
            bytes = rest;
        }
    }

    fn end(&mut self, _: &mut Finished) {
        for (stream, begun) in [(Stream::Out, &self.out), (Stream::Err, &self.err)] {
            if !begun.is_empty() {
                (self.on_line)(stream, begun);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(pieces: &[&[u8]]) -> Vec<Vec<u8>> {
        let mut lines = Vec::new();
        let mut on_line = |_: Stream, line: &[u8]| lines.push(line.to_vec());
        let mut sink = Lines::new(&mut on_line);
        pieces.iter().for_each(|piece| sink.push(Stream::Out, piece));
        sink.end(&mut Finished::default());
        lines
    }

    #[test]
    fn a_long_line_is_cut_and_loses_nothing() {
        let long = vec![b'x'; LINE_CAP];
        assert_eq!(lines(&[&long, b"\nnext"]), [long.clone(), b"next".to_vec()]);
        assert_eq!(lines(&[&long, b"yz\n"]), [long, b"yz".to_vec()]);
    }

    proptest! {
        #[test]
        fn lines_do_not_depend_on_how_the_bytes_arrive(
            text in "[ab\n]{0,40}",
            cuts in prop::collection::vec(0_usize..8, 0..10),
        ) {
            let mut rest = text.as_bytes();
            let mut pieces = Vec::new();
            for cut in cuts {
                let (piece, after) = rest.split_at(cut.min(rest.len()));
                pieces.push(piece);
                rest = after;
            }
            pieces.push(rest);
            let expected: Vec<Vec<u8>> =
                text.split_terminator('\n').map(|line| line.as_bytes().to_vec()).collect();
            prop_assert_eq!(lines(&pieces), expected);
        }
    }
}
