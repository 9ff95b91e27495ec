//! Links to files, rules and advisories.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use robot_model::{Location, RunIdentity};
use std::fmt::Write as _;

/// Longest path that is linked, in bytes.
const PATH: usize = 1000;

/// Characters without special meaning in a URL, in Markdown and in HTML.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.');

/// The URL of a location on the server. The path is untrusted: characters with a special meaning in a URL, in
/// Markdown or in HTML are encoded.
pub(crate) fn of_source(run: &RunIdentity, location: &Location) -> Option<String> {
    if location.path.as_str().len() > PATH {
        return None;
    }
    let mut address = format!("{}/{}", run.source_url()?, encoded(location.path.as_str()));
    if let Some(line) = location.line {
        let _ = write!(address, "#L{line}");
    }
    if let Some(end) = location.line.and(location.end_line) {
        let _ = write!(address, "-L{end}");
    }
    Some(address)
}

/// The path as a relative reference (RFC 3986, section 4.2).
pub(crate) fn encoded(path: &str) -> String {
    utf8_percent_encode(path, PLAIN).to_string()
}

/// Sites with explanations of rules and advisories.
const HELP: [&str; 4] = [
    "https://pkg.go.dev/vuln/",
    "https://github.com/advisories/",
    "https://github.com/securego/gosec#",
    "https://nvd.nist.gov/vuln/",
];

/// A finding's `help_url` as a link, only to known sites, because an untrusted report could contain any link.
pub(crate) fn of_help(address: &str) -> Option<&str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-.:/#".contains(c);
    let is_known = HELP.iter().any(|help| address.starts_with(help));
    let is_whole = address.len() <= PATH && address.chars().all(is_plain);
    (is_known && is_whole && !address.contains("..")).then_some(address)
}
