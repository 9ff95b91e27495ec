//! The event stream of `go test -json`.
//!
//! Spec: `go doc test2json` and `go help buildjson`. Go up to 1.23 mixes plain build output into
//! the stream, tests may write anything to it, and a killed process ends it anywhere: whatever is
//! not an event is handed on as text, never an error.

use serde::Deserialize;
use std::borrow::Cow;
use std::io::{self, BufRead};

/// Bytes of one line that are kept; the rest of a longer one is skipped.
const LINE_CAP: usize = 16 * 1024 * 1024;

/// What an event says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Action {
    /// The package's binary is about to run (Go 1.20 and later).
    Start,
    /// A test has started.
    Run,
    /// A parallel test waits.
    Pause,
    /// A parallel test goes on.
    Cont,
    /// Passed.
    Pass,
    /// A benchmark printed its result.
    Bench,
    /// Failed.
    Fail,
    /// A piece of output.
    Output,
    /// Skipped, or a package without tests.
    Skip,
    /// A key and value that a test set (Go 1.25 and later).
    Attr,
    /// A piece of build output (Go 1.24 and later).
    BuildOutput,
    /// A build failed (Go 1.24 and later).
    BuildFail,
    /// An action of a later Go.
    #[serde(other)]
    Unknown,
}

/// One event; text is borrowed from the line where it holds no escapes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Event<'a> {
    /// What it says.
    pub action: Action,
    /// Import path of the package under test.
    #[serde(borrow, default)]
    pub package: Cow<'a, str>,
    /// Name of the test; absent on events about the package.
    #[serde(borrow, default)]
    pub test: Option<Cow<'a, str>>,
    /// Seconds the test or package took; absent on most actions.
    #[serde(default)]
    pub elapsed: Option<f64>,
    /// A piece of output, usually a line with its end.
    #[serde(borrow, default)]
    pub output: Option<Cow<'a, str>>,
    /// The build that failed, on a package's `fail` event.
    #[serde(borrow, default)]
    pub failed_build: Option<Cow<'a, str>>,
    /// The package that was built, on build events.
    #[serde(borrow, default)]
    pub import_path: Option<Cow<'a, str>>,
}

/// One line of the stream.
#[derive(Debug, PartialEq)]
pub enum Line<'a> {
    /// An event.
    Event(Event<'a>),
    /// Anything else, without its line end.
    Text(&'a [u8]),
}

/// Reads the stream line by line with one buffer: memory does not grow with its length.
#[derive(Debug)]
pub struct Reader<R> {
    source: R,
    line: Vec<u8>,
}

impl<R: BufRead> Reader<R> {
    /// A reader of `source`.
    pub const fn new(source: R) -> Self {
        Self { source, line: Vec::new() }
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// The source cannot be read.
    pub fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        self.line.clear();
        if !self.read_line()? {
            return Ok(None);
        }
        let line = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        Ok(Some(parse(line)))
    }

    fn read_line(&mut self) -> io::Result<bool> {
        loop {
            let available = match self.source.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                available => available?,
            };
            if available.is_empty() {
                return Ok(!self.line.is_empty());
            }
            let end = memchr::memchr(b'\n', available).map(|at| at + 1);
            let taken = end.unwrap_or(available.len());
            let room = LINE_CAP.saturating_sub(self.line.len()).min(taken);
            self.line.extend_from_slice(&available[..room]);
            self.source.consume(taken);
            if end.is_some() {
                return Ok(true);
            }
        }
    }
}

/// Parses one line without its end.
pub fn parse(line: &[u8]) -> Line<'_> {
    if line.first() == Some(&b'{') {
        if let Ok(event) = serde_json::from_slice(line) {
            return Line::Event(event);
        }
    }
    Line::Text(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event(line: &str) -> Event<'_> {
        match parse(line.as_bytes()) {
            Line::Event(event) => event,
            Line::Text(text) => panic!("{}", String::from_utf8_lossy(text)),
        }
    }

    #[test]
    fn events_of_old_and_new_go() {
        let old = event(r#"{"Action":"output","Package":"p","Test":"T/a","Output":"a\tb\n"}"#);
        assert_eq!(old.output.as_deref(), Some("a\tb\n"));
        assert!(matches!(old.package, Cow::Borrowed("p")));
        let built =
            event(r##"{"ImportPath":"p [p.test]","Action":"build-output","Output":"# p\n"}"##);
        assert_eq!(
            (built.action, built.import_path.as_deref()),
            (Action::BuildOutput, Some("p [p.test]"))
        );
        let later = event(r#"{"Action":"reflect","Package":"p","Depth":{"a":[1]}}"#);
        assert_eq!(later.action, Action::Unknown);
    }

    #[test]
    fn whatever_is_no_event_is_text() {
        for line in ["", "# p", "{", "{}", r#"{"Action":1}"#, "[1]", r#"{"Action":"run""#] {
            assert_eq!(parse(line.as_bytes()), Line::Text(line.as_bytes()));
        }
        assert_eq!(
            parse(b"{\"Action\":\"run\",\"Package\":\"\xff\"}"),
            Line::Text(b"{\"Action\":\"run\",\"Package\":\"\xff\"}")
        );
    }

    #[test]
    fn a_line_beyond_the_cap_is_cut_and_the_next_is_read() {
        let mut bytes = vec![b'x'; LINE_CAP + 5];
        bytes.extend_from_slice(b"\r\n{\"Action\":\"run\"}");
        let mut reader = Reader::new(io::Cursor::new(bytes));
        assert!(
            matches!(reader.next_line().unwrap(), Some(Line::Text(text)) if text.len() == LINE_CAP)
        );
        assert!(matches!(reader.next_line().unwrap(), Some(Line::Event(_))));
        assert_eq!(reader.next_line().unwrap(), None);
    }

    proptest! {
        /// Any bytes in any chunks: every line comes out once, in order.
        #[test]
        fn no_line_is_lost(bytes in prop::collection::vec(any::<u8>(), 0..300), chunk in 1_usize..20) {
            let source = io::BufReader::with_capacity(chunk, bytes.as_slice());
            let mut reader = Reader::new(source);
            let mut lines = 0;
            while reader.next_line().unwrap().is_some() {
                lines += 1;
            }
            let ends = bytes.iter().filter(|byte| **byte == b'\n').count();
            prop_assert_eq!(lines, ends + usize::from(bytes.last().is_some_and(|byte| *byte != b'\n')));
        }
    }
}
