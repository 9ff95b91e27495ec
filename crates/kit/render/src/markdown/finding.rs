//! Findings with their locations and output.

use super::written::{MORE, Written, bold, heading, remaining};
use super::{Sheet, escape};
use crate::address;
use robot_model::{Finding, RunIdentity};
use std::borrow::Cow;
use std::fmt::Write as _;

/// Largest detail of one finding in bytes, so that a test that prints megabytes does not hide the others.
const DETAIL: usize = 8 * 1024;
/// Bytes that each detail may have, however many findings there are.
const SHORT: usize = 1024;
/// Longest path in bytes.
const PATH: usize = 1000;

/// As many findings as fit, and the number of the others.
pub(super) fn write_all(title: &str, findings: &[Finding], sheet: &Sheet<'_>) -> Written {
    let Some(room) = sheet.budget.checked_sub(MORE) else { return Written::NOTHING };
    let detail = (room / findings.len().max(1)).clamp(SHORT, DETAIL);
    let mut text = heading(title);
    let mut left_out = 0;
    for finding in findings {
        let written = write(finding, sheet.run, detail);
        // A finding that is too long must not hide those after it.
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

fn write(finding: &Finding, run: &RunIdentity, limit: usize) -> String {
    let place = finding.location.as_ref().map_or_else(String::new, |location| {
        let text = escape::line(&location.shown(), PATH);
        match address::of_source(run, location) {
            Some(address) => format!(" — [{text}]({address})"),
            None => format!(" — {text}"),
        }
    });
    let help = finding.help_url.as_deref().and_then(address::of_help);
    let help = help.map_or(String::new(), |help| format!(" ([what it means]({help}))"));
    let mut out = format!("\n- **{}**{place}{help}\n", bold(&finding.title));
    if !finding.detail.is_empty() {
        out.push('\n');
        // An indented block has no end mark that the output could contain.
        for line in escape::lines(&cut(&finding.detail, limit)) {
            let _ = writeln!(out, "      {}", escape::verbatim(line));
        }
    }
    out
}

/// The end of a long text, where the cause of a failure usually is.
fn cut(text: &str, limit: usize) -> Cow<'_, str> {
    if text.len() <= limit {
        return text.into();
    }
    let start = text.ceil_char_boundary(text.len() - limit);
    format!("… {start} bytes cut …\n{}", &text[start..]).into()
}
