//! One block of the page.

use super::place;
use crate::series::{self, Extent};
use crate::{address, svg};
use maud::{Markup, html};
use robot_model::{
    Align, Block, Chart, Finding, Level, RunIdentity, Section, Series, Table, Timeline,
};

/// Deepest nesting of sections that is shown, because an untrusted report may have any.
const DEPTH: usize = 4;
/// Number of findings of a block whose details are open, so that the page stays readable.
const OPEN: usize = 10;

/// All blocks, with consecutive sections as one list.
pub(super) fn write_all(blocks: &[Block], run: &RunIdentity, depth: usize) -> Markup {
    let is_section = |block: &Block| matches!(block, Block::Section(_));
    let begins = |index: usize| {
        is_section(&blocks[index]) && (index == 0 || !is_section(&blocks[index - 1]))
    };
    html! {
        @for (index, block) in blocks.iter().enumerate() {
            @if begins(index) && depth == 0 { h2 { "Details" } }
            (write(block, run, depth))
        }
    }
}

fn write(block: &Block, run: &RunIdentity, depth: usize) -> Markup {
    match block {
        Block::Text { text } => {
            html! { div class="note" { @for line in text.lines() { p { (line) } } } }
        }
        Block::Table(table) => write_table(table),
        Block::Findings { title, findings } => html! {
            section {
                h2 { (title) " " span class="count" { (findings.len()) } }
                @for (index, finding) in findings.iter().enumerate() {
                    (write_finding(finding, run, index < OPEN))
                }
            }
        },
        Block::Timeline(timeline) => write_timeline(timeline),
        Block::Chart(chart) => write_chart(chart),
        Block::Series(series) => write_series(series),
        Block::Section(section) => write_section(section, run, depth),
        Block::Unknown => html! { p class="note" { (crate::UNKNOWN) } },
    }
}

fn write_finding(finding: &Finding, run: &RunIdentity, is_open: bool) -> Markup {
    let is_hint = |line: &&str| line.starts_with("hint: ");
    let (hints, detail): (Vec<&str>, Vec<&str>) = finding.detail.lines().partition(is_hint);
    let help = finding.help_url.as_deref().and_then(address::of_help);
    let word = match (finding.severity, finding.level) {
        (Some(severity), _) => severity.word(),
        (None, level) => level.word(),
    };
    let head = html! {
        span class="level" { (word) }
        span class="what" {
            b { (finding.title) }
            @if let Some(location) = &finding.location { " " (place(location, run)) }
        }
    };
    let is_open = is_open && finding.level == Level::Error;
    html! {
        @if detail.is_empty() && hints.is_empty() && help.is_none() {
            div class=(format!("finding {}", finding.level.word())) { div class="head" { (head) } }
        } @else {
            details class=(format!("finding {}", finding.level.word())) open[is_open] {
                summary class="head" { (head) }
                @if !detail.is_empty() { pre { (detail.join("\n")) } }
                @for hint in hints {
                    p class="hint" { (with_code(hint.trim_start_matches("hint: "))) }
                }
                @if let Some(help) = help { p { a href=(help) { "what " (finding.rule) " means" } } }
            }
        }
    }
}

/// Shows text between backticks as code.
fn with_code(text: &str) -> Markup {
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

fn write_section(section: &Section, run: &RunIdentity, depth: usize) -> Markup {
    let Section { title, verdict, report } = section;
    let figures: Vec<String> = report.figures.iter().filter_map(crate::figure).collect();
    let head = html! {
        span class="mark" { (verdict.mark()) }
        b { (title) }
        span class="what" { (report.headline) }
    };
    html! {
        @if report.blocks.is_empty() || depth >= DEPTH {
            div class=(format!("part {verdict}")) { div class="head" { (head) } }
        } @else {
            details class=(format!("part {verdict}")) {
                summary class="head" { (head) }
                div class="inside" {
                    @if !figures.is_empty() { p class="note" { (figures.join(" · ")) } }
                    (write_all(&report.blocks, run, depth + 1))
                }
            }
        }
    }
}

fn write_table(table: &Table) -> Markup {
    let align = |align: Align| (align == Align::Right).then_some("right");
    html! {
        section {
            h2 { (table.title) }
            div class="scroll" { table {
                thead { tr { @for column in &table.columns {
                    th class=[align(column.align)] { (column.heading) }
                } } }
                tbody { @for row in &table.rows { tr {
                    @for (cell, column) in row.iter().zip(&table.columns) {
                        td class=[align(column.align)] { (cell) }
                    }
                } } }
            } }
            @if table.omitted > 0 { p class="note" { "… and " (table.omitted) " more" } }
        }
    }
}

/// A bar from `start` to `end` of a track, both as fractions of it.
fn bar(start: f64, end: f64, class: &str) -> Markup {
    let (start, end) = (start.clamp(0.0, 1.0), end.clamp(0.0, 1.0));
    let width = ((end - start) * 100.0).max(0.4);
    html! {
        span class="track" {
            i class=(class) style=(format!("left:{:.2}%;width:{width:.2}%", start * 100.0)) {}
        }
    }
}

fn write_timeline(timeline: &Timeline) -> Markup {
    let end = timeline.bars.iter().map(|bar| bar.end).fold(0.001, f64::max);
    html! {
        section {
            h2 { (timeline.title) }
            div class="bars" {
                @for one in &timeline.bars {
                    span class="label" title=(one.label) { (one.verdict.mark()) " " (one.label) }
                    (bar(one.start / end, one.end / end, one.verdict.word()))
                    span class="value" { (format!("{:.1} s", one.end - one.start)) }
                }
            }
        }
    }
}

/// Bars from a zero line, with negative values to the left.
fn write_chart(chart: &Chart) -> Markup {
    let value = |value: f64| if value.is_finite() { value } else { 0.0 };
    let values = || chart.points.iter().map(|point| value(point.value));
    let (low, high) = (values().fold(0.0, f64::min), values().fold(0.0, f64::max));
    let share = |value: f64| (value - low) / (high - low).max(0.001);
    html! {
        section {
            h2 { (chart.title) " (" (chart.unit) ")" }
            div class="bars" {
                @for point in &chart.points {
                    @let value = value(point.value);
                    @let (start, end) = (share(value.min(0.0)), share(value.max(0.0)));
                    span class="label" title=(point.label) { (point.label) }
                    (bar(start, end, if value < 0.0 { "fail" } else { "pass" }))
                    span class="value" { (format!("{value:+.1}")) }
                }
            }
        }
    }
}

fn write_series(series: &Series) -> Markup {
    html! {
        section {
            h2 { (series.title) " (" (series.unit) ")" }
            @match Extent::of(series) {
                None => p class="note" { "nothing was measured" },
                Some(extent) => {
                    div class="scroll" { (svg::series(series, extent)) }
                    ul class="legend" {
                        @for (index, line) in series.lines.iter().take(series::LINES).enumerate() {
                            li class=(format!("line-{}", index % 4)) {
                                (line.label) ": "
                                @match series::told(line) {
                                    Some([first, low, high, last]) => {
                                        (first) " → " (last) ", least " (low) ", most " (high)
                                    },
                                    None => "nothing was measured",
                                }
                            }
                        }
                    }
                },
            }
        }
    }
}
