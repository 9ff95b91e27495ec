//! Findings, with their places and what was printed.

use super::block::{MORE, Written, bold, heading, remaining};
use super::{Sheet, escape};
use robot_model::{Finding, Location};
use std::borrow::Cow;
use std::fmt::Write as _;

/// Bytes of one finding's detail: one test that prints megabytes must not hide the others.
const DETAIL: usize = 8 * 1024;
/// What it may have at least, however many findings there are.
const SHORT: usize = 1024;
/// Bytes of a path.
const PATH: usize = 1000;

/// As many findings as fit, and how many more there are.
pub(super) fn write_all(title: &str, findings: &[Finding], sheet: &Sheet<'_>) -> Written {
    let Some(room) = sheet.budget.checked_sub(MORE) else { return Written::NOTHING };
    let detail = (room / findings.len().max(1)).clamp(SHORT, DETAIL);
    let mut text = heading(title);
    let mut left_out = 0;
    for finding in findings {
        let written = write(finding, sheet.source, detail);
        // One that is too long must not hide those behind it.
        if text.len() + written.len() > room {
            left_out += 1;
        } else {
            text += &written;
        }
    }
    if left_out == findings.len() {
        return Written::NOTHING;
    }
    text += &remaining(left_out as u64);
    Written { text, is_cut: left_out > 0 }
}

fn write(finding: &Finding, source: Option<&str>, limit: usize) -> String {
    let place = finding.location.as_ref().map_or_else(String::new, |location| {
        let line = location.line.map_or_else(String::new, |line| format!(":{line}"));
        let text = format!("{}{line}", escape::line(&location.path, PATH));
        match source.and_then(|source| address(source, location)) {
            Some(address) => format!(" — [{text}]({address})"),
            None => format!(" — {text}"),
        }
    });
    let mut out = format!("\n- **{}**{place}\n", bold(&finding.title));
    if !finding.detail.is_empty() {
        out.push('\n');
        // An indented block has no mark of its end that output could contain.
        for line in escape::lines(&cut(&finding.detail, limit)) {
            let _ = writeln!(out, "      {}", escape::verbatim(line));
        }
    }
    out
}

/// Where a place is shown; `None` for a path that leads elsewhere. The path is not trusted: what means
/// something in an address or in Markdown is encoded.
fn address(source: &str, location: &Location) -> Option<String> {
    let is_inside = |part: &str| !part.is_empty() && part != "." && part != "..";
    if location.path.len() > PATH || !location.path.split('/').all(is_inside) {
        return None;
    }
    let mut address = format!("{source}/");
    for byte in location.path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' => {
                address.push(char::from(byte));
            }
            byte => {
                let _ = write!(address, "%{byte:02X}");
            }
        }
    }
    if let Some(line) = location.line {
        let _ = write!(address, "#L{line}");
    }
    Some(address)
}

/// The end of a long text, where a failure usually says what it is.
fn cut(text: &str, limit: usize) -> Cow<'_, str> {
    if text.len() <= limit {
        return text.into();
    }
    let start = text.ceil_char_boundary(text.len() - limit);
    format!("… {start} bytes cut …\n{}", &text[start..]).into()
}
