//! A report as plain text, for a terminal or a log.

use crate::series::{self, Extent};
use robot_model::{Block, Figure, Finding, Report, Section, Series, Timeline, Verdict};
use std::fmt::Write as _;

/// Deepest nesting of sections that is shown, because an untrusted report may have any.
const DEPTH: usize = 4;
/// Largest number of findings of a section that are listed.
const LISTED: usize = 20;

/// The report as plain text, understandable without colour. Control characters of untrusted output are removed, so
/// that nothing can move the cursor or forge a line. A section is shown with its headline and the titles of its
/// findings; the HTML page has the rest.
pub fn report(report: &Report, verdict: Verdict) -> String {
    let mut out = String::new();
    let mut is_in_sections = false;
    for block in &report.blocks {
        // Sections form a list.
        let is_section = matches!(block, Block::Section(_));
        if is_in_sections && !is_section {
            out.push('\n');
        }
        is_in_sections = is_section;
        write_block(&mut out, block);
        if !is_section {
            out.push('\n');
        }
    }
    if is_in_sections {
        out.push('\n');
    }
    let figures = figures(&report.figures);
    if !figures.is_empty() {
        let _ = writeln!(out, "{figures}");
    }
    let _ = writeln!(out, "{} {verdict}: {}", verdict.mark(), one_line(&report.headline));
    out
}

fn write_block(out: &mut String, block: &Block) {
    let _ = match block {
        Block::Text { text } => writeln!(out, "{}", plain(text)),
        Block::Table(table) => {
            let _ = writeln!(out, "{}", one_line(&table.title));
            let (set, more) = crate::table::set(table, one_line);
            for line in set.lines() {
                let _ = writeln!(out, "  {}", line.trim_end());
            }
            if more > 0 { writeln!(out, "   … and {more} more") } else { Ok(()) }
        }
        Block::Findings { title, findings } => {
            let _ = writeln!(out, "{}", one_line(title));
            findings.iter().for_each(|finding| write_finding(out, finding));
            Ok(())
        }
        Block::Timeline(timeline) => {
            write_timeline(out, timeline);
            Ok(())
        }
        Block::Chart(chart) => {
            let _ = writeln!(out, "{} ({})", one_line(&chart.title), one_line(&chart.unit));
            for point in &chart.points {
                let _ = writeln!(out, "  {}  {:+.1}", one_line(&point.label), point.value);
            }
            Ok(())
        }
        Block::Series(series) => {
            write_series(out, series);
            Ok(())
        }
        Block::Section(section) => {
            write_section(out, section, 0);
            Ok(())
        }
        Block::Unknown => writeln!(out, "{}", crate::UNKNOWN),
    };
}

/// `41 passed · 1 failed · coverage 81.2 %`.
fn figures(figures: &[Figure]) -> String {
    let shown = figures.iter().filter_map(crate::figure);
    let all: Vec<String> = shown.map(|text| one_line(&text)).collect();
    all.join(" · ")
}

fn write_timeline(out: &mut String, timeline: &Timeline) {
    let _ = writeln!(out, "{}", one_line(&timeline.title));
    let width = timeline.bars.iter().map(|bar| bar.label.chars().count().min(100)).max();
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

fn write_series(out: &mut String, series: &Series) {
    let unit = one_line(&series.unit);
    let _ = writeln!(out, "{} ({unit})", one_line(&series.title));
    let Some(extent) = Extent::of(series) else {
        let _ = writeln!(out, "  nothing was measured");
        return;
    };
    for line in series.lines.iter().take(series::LINES) {
        let label = one_line(&line.label);
        let _ = match series::told(line) {
            Some([first, low, high, last]) => writeln!(
                out,
                "  {label}  {}  {first} → {last} {unit} (least {low}, most {high})",
                series::sparkline(line, extent)
            ),
            None => writeln!(out, "  {label}  nothing was measured"),
        };
    }
    if let more @ 1.. = series.lines.len().saturating_sub(series::LINES) {
        let _ = writeln!(out, "   … and {more} more");
    }
}

fn write_section(out: &mut String, section: &Section, depth: usize) {
    let indent = "  ".repeat(depth);
    let (mark, title) = (section.verdict.mark(), one_line(&section.title));
    let _ = writeln!(out, "{indent}{mark} {title}: {}", one_line(&section.report.headline));
    for block in &section.report.blocks {
        match block {
            Block::Findings { findings, .. } => {
                for finding in findings.iter().take(LISTED) {
                    let _ = writeln!(out, "{indent}    {}", titled(finding));
                }
                if let more @ 1.. = findings.len().saturating_sub(LISTED) {
                    let _ = writeln!(out, "{indent}    … and {more} more");
                }
            }
            Block::Section(inner) if depth < DEPTH => write_section(out, inner, depth + 1),
            _ => {}
        }
    }
}

fn write_finding(out: &mut String, finding: &Finding) {
    let _ = writeln!(out, "  {}", titled(finding));
    for line in plain(&finding.detail).lines() {
        let _ = writeln!(out, "      {line}");
    }
}

/// A finding with its location.
fn titled(finding: &Finding) -> String {
    let place = finding.location.as_ref();
    let place = place.map_or(String::new(), |place| format!("  {}", one_line(&place.shown())));
    format!("{}{place}", one_line(&finding.title))
}

fn plain(text: &str) -> String {
    text.chars().filter(|&c| c == '\n' || c == '\t' || !c.is_control()).collect()
}

fn one_line(text: &str) -> String {
    plain(text).replace('\n', " ")
}
