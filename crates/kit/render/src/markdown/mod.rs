//! Reports as GitHub Markdown. What they say may come from code that nobody has looked at.

mod block;
mod escape;
mod finding;

use robot_model::{Block, Report, Verdict};
use std::fmt::Write as _;

/// Bytes of a title or a headline.
const LINE: usize = 600;

/// A part of a report.
#[derive(Debug, Clone, Copy)]
pub struct Section<'a> {
    /// What it is of.
    pub title: &'a str,
    /// What was decided.
    pub verdict: Verdict,
    /// What there is to say.
    pub report: &'a Report,
}

/// What a report is written on. Both texts must be trusted ones.
#[derive(Debug, Clone, Copy)]
pub struct Sheet<'a> {
    /// The address below which the repository's files are shown at this commit.
    pub source: Option<&'a str>,
    /// Where the reader finds what is cut, as Markdown: `more is in the step's log`.
    pub rest: &'a str,
    /// Bytes that it may have; at least 1000.
    pub budget: usize,
}

/// The report of a step as GitHub Markdown of at most `budget` bytes, of which it needs 1000. Blocks
/// come in the report's order, which is failure first; what does not fit is left out and said.
pub fn report(report: &Report, title: &str, verdict: Verdict, budget: usize) -> String {
    let sheet = Sheet { source: None, rest: "the whole report is in the step's log", budget };
    let (title, headline) = (line(title, budget), escape::opening(&report.headline, room(budget)));
    let head = format!("### {} {title}: {verdict}\n\n{headline}\n", icon(verdict));
    blocks(head, report, &sheet)
}

/// A report of several parts as GitHub Markdown: the first open, the others folded, failures before
/// the rest; what does not fit is left out and said.
pub fn comment(first: &Section<'_>, others: &[Section<'_>], sheet: &Sheet<'_>) -> String {
    let Sheet { budget, rest, .. } = *sheet;
    let more = |parts: usize| format!("\n*{parts} more parts do not fit; {rest}.*\n");
    let end = if others.is_empty() { 0 } else { more(usize::MAX).len() };
    let (title, headline) = (line(first.title, budget), line(&first.report.headline, budget));
    let head = format!("## {} {title}: {headline}\n", icon(first.verdict));
    let of_first = Sheet { budget: budget.saturating_sub(end), ..*sheet };
    let mut out = blocks(head, first.report, &of_first);
    let mut left_out = 0;
    for section in others {
        let left = budget.saturating_sub(out.len() + end);
        let title = escape::html(section.title, LINE);
        let headline = escape::html(&section.report.headline, LINE);
        let head = format!(
            "\n<details><summary>{} <b>{title}</b>: {headline}</summary>\n",
            icon(section.verdict)
        );
        let tail = "\n</details>\n";
        // Less than a table says nothing: the rest is named instead.
        if left < head.len() + tail.len() + 1000 {
            left_out += 1;
            continue;
        }
        out += &blocks(head, section.report, &Sheet { budget: left - tail.len(), ..*sheet });
        out += tail;
    }
    if left_out > 0 {
        out += &more(left_out);
    }
    out
}

fn line(text: &str, budget: usize) -> String {
    escape::line(text, room(budget))
}

/// A title and a headline take no more than half of a small budget.
fn room(budget: usize) -> usize {
    LINE.min(budget / 4)
}

/// `out` and the blocks behind it, within the sheet's budget.
fn blocks(mut out: String, report: &Report, sheet: &Sheet<'_>) -> String {
    let notice = format!("\n*Cut to fit GitHub's limit; {}.*\n", sheet.rest);
    let mut is_cut = false;
    for (index, block) in report.blocks.iter().enumerate() {
        let left = sheet.budget.saturating_sub(out.len() + notice.len() + 1);
        // An overview must not take the room of what it is an overview of.
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
