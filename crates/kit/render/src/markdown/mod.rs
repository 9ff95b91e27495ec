//! Reports as GitHub Markdown. Their texts are untrusted.

mod block;
mod escape;
mod finding;
mod written;

use robot_model::{Block, Figure, Report, RunIdentity, Section, Verdict};
use std::fmt::Write as _;

/// Longest title or headline in bytes.
const LINE: usize = 600;
/// Deepest nesting of sections that is shown, because an untrusted report may have any.
const DEPTH: usize = 3;

/// Where and how a report is shown. Unlike the report, it must be trusted.
#[derive(Debug, Clone, Copy)]
pub struct Sheet<'a> {
    /// The run whose files the report is about; locations link to them.
    pub run: &'a RunIdentity,
    /// Where the reader finds the rest, as Markdown: `the rest is in the step's log`.
    pub rest: &'a str,
    /// Limit in bytes; at least 1000.
    pub budget: usize,
}

/// The report as GitHub Markdown. Blocks are in the report's order (failures first), and sections are folded. A note
/// says what does not fit.
pub fn report(title: &str, verdict: Verdict, report: &Report, sheet: &Sheet<'_>) -> String {
    let (title, headline) = (line(title, sheet.budget), line(&report.headline, sheet.budget));
    let mut head = format!("### {} {title}: {headline}\n", icon(verdict));
    let figures = figures(&report.figures, room(sheet.budget));
    if !figures.is_empty() {
        let _ = write!(head, "\n{figures}\n");
    }
    blocks(head, report, sheet, 0)
}

/// `41 passed · coverage 81.2 %`.
fn figures(figures: &[Figure], budget: usize) -> String {
    let mut out = String::new();
    for figure in figures.iter().filter_map(crate::figure) {
        let text = escape::opening(&figure, 100);
        let separator = if out.is_empty() { "" } else { " · " };
        if out.len() + separator.len() + text.len() <= budget {
            out = out + separator + &text;
        }
    }
    out
}

/// A folded section; `None` if it does not fit.
fn folded(section: &Section, sheet: &Sheet<'_>, depth: usize) -> Option<String> {
    let (title, headline) = (&section.title, &section.report.headline);
    let icon = icon(section.verdict);
    if depth > DEPTH {
        let (title, headline) = (written::bold(title), escape::line(headline, LINE));
        let written = format!("\n{icon} **{title}**: {headline}\n");
        return (written.len() <= sheet.budget).then_some(written);
    }
    let (title, headline) = (escape::html(title, LINE), escape::html(headline, LINE));
    let head = format!("\n<details><summary>{icon} <b>{title}</b>: {headline}</summary>\n");
    let tail = "\n</details>\n";
    // Too little room even for a table: the note names the rest instead.
    let budget = sheet.budget.checked_sub(head.len() + tail.len() + 1000)? + head.len() + 1000;
    let mut head = head;
    let figures = figures(&section.report.figures, room(budget));
    if !figures.is_empty() {
        let _ = write!(head, "\n{figures}\n");
    }
    Some(blocks(head, &section.report, &Sheet { budget, ..*sheet }, depth) + tail)
}

fn line(text: &str, budget: usize) -> String {
    escape::line(text, room(budget))
}

/// Limits title and headline to half of a small budget.
fn room(budget: usize) -> usize {
    LINE.min(budget / 4)
}

/// `out` followed by the blocks, within the sheet's budget.
fn blocks(mut out: String, report: &Report, sheet: &Sheet<'_>, depth: usize) -> String {
    let notice = format!("\n*Cut to fit GitHub's limit; {}.*\n", sheet.rest);
    let more = |parts: usize| format!("\n*{parts} more parts do not fit; {}.*\n", sheet.rest);
    let has_sections = report.blocks.iter().any(|block| matches!(block, Block::Section(_)));
    let reserved = notice.len() + 1 + if has_sections { more(usize::MAX).len() } else { 0 };
    let (mut is_cut, mut left_out) = (false, 0);
    for (index, block) in report.blocks.iter().enumerate() {
        let left = sheet.budget.saturating_sub(out.len() + reserved);
        if let Block::Section(section) = block {
            match folded(section, &Sheet { budget: left, ..*sheet }, depth + 1) {
                Some(written) => out += &written,
                None => left_out += 1,
            }
            continue;
        }
        // An overview must leave room for the details.
        let is_overview = matches!(block, Block::Table(_)) && index + 1 < report.blocks.len();
        let budget = if is_overview { left / 2 } else { left };
        let written = block::write(block, &Sheet { budget, ..*sheet });
        is_cut |= written.is_cut;
        if !written.text.is_empty() {
            let _ = write!(out, "\n{}", written.text);
        }
    }
    if is_cut {
        out.push_str(&notice);
    }
    if left_out > 0 {
        out.push_str(&more(left_out));
    }
    out
}

fn icon(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✅",
        Verdict::Warn => "⚠️",
        Verdict::Skipped => "⏭️",
        Verdict::Inconclusive => "❔",
        Verdict::Fail => "❌",
    }
}
