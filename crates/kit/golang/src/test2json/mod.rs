//! The event stream of `go test -json`.
//!
//! Spec: `go doc test2json` and `go help buildjson`. Go up to 1.23 mixes plain build output into the stream, tests
//! may write anything to it, and a killed process ends it anywhere. Therefore every line that is not an event is
//! returned as text, never as an error. [`suite`](crate::suite) interprets the events.

mod event;
mod fast;
mod reader;
mod unbuilt;
mod wire;

pub use event::{Action, Event, Line};
pub use reader::{LINE_CAP, Reader};
pub use unbuilt::{Cause, UnbuiltPackage};

/// UTF-8's byte order mark, which Windows shells put before redirected output.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads one line, without its end.
///
/// An event is a JSON object with a textual `Action`; every other line is text. Fields of later Go versions are
/// ignored. A line with a field of the wrong type, a repeated field or invalid UTF-8 is text.
pub fn parse(line: &[u8]) -> Line<'_> {
    let bare = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
    if bare.first() != Some(&b'{') {
        return Line::Text(line);
    }
    match fast::parse(bare).or_else(|| wire::parse(bare)) {
        Some(event) => Line::Event(event),
        None => Line::Text(line),
    }
}

#[cfg(test)]
mod tests;
