//! A report as plain text, for a terminal or a log.

use robot_model::{Block, Finding, Report, Verdict};
use std::fmt::Write as _;

/// The report as plain text, understandable without colour. Control characters of untrusted output
/// are dropped, so that nothing can move the cursor or forge a line.
pub fn report(report: &Report, verdict: Verdict) -> String {
    let mut out = String::new();
    for block in &report.blocks {
        match block {
            Block::Text { text } => {
                let _ = writeln!(out, "{}", plain(text));
            }
            Block::Table(table) => {
                let _ = writeln!(out, "{}", one_line(&table.title));
                let (set, more) = crate::table::set(table, one_line);
                for line in set.lines() {
                    let _ = writeln!(out, "  {}", line.trim_end());
                }
                if more > 0 {
                    let _ = writeln!(out, "   … and {more} more");
                }
            }
            Block::Findings { title, findings } => {
                let _ = writeln!(out, "{}", one_line(title));
                findings.iter().for_each(|finding| write_finding(&mut out, finding));
            }
            Block::Timeline(timeline) => {
                let _ = writeln!(out, "{}", one_line(&timeline.title));
                let width =
                    timeline.bars.iter().map(|bar| bar.label.chars().count().min(100)).max();
                for bar in &timeline.bars {
                    let _ = writeln!(
                        out,
                        "  {} {:width$}  {:>7.2} s → {:>7.2} s",
                        bar.verdict.mark(),
                        one_line(&bar.label),
                        bar.start,
                        bar.end,
                        width = width.unwrap_or(0),
                    );
                }
            }
            Block::Chart(chart) => {
                let _ = writeln!(out, "{} ({})", one_line(&chart.title), one_line(&chart.unit));
                for point in &chart.points {
                    let _ = writeln!(out, "  {}  {:+.1}", one_line(&point.label), point.value);
                }
            }
        }
        out.push('\n');
    }
    let _ = writeln!(out, "{} {verdict}: {}", verdict.mark(), one_line(&report.headline));
    out
}

fn write_finding(out: &mut String, finding: &Finding) {
    let place = finding.location.as_ref().map_or_else(String::new, |location| {
        let line = location.line.map_or_else(String::new, |line| format!(":{line}"));
        format!("  {}{line}", one_line(&location.path))
    });
    let _ = writeln!(out, "  {}{place}", one_line(&finding.title));
    for line in plain(&finding.detail).lines() {
        let _ = writeln!(out, "      {line}");
    }
}

fn plain(text: &str) -> String {
    text.chars().filter(|&c| c == '\n' || c == '\t' || !c.is_control()).collect()
}

fn one_line(text: &str) -> String {
    plain(text).replace('\n', " ")
}
