//! A report as one self-contained page: what happened, why and what to do first, then the details.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use robot_model::{Align, Block, Finding, Report, Verdict};

/// Reports as one self-contained page: no script, nothing fetched. All text is escaped.
pub fn page(title: &str, reports: &[(&str, Verdict, &Report)]) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy"
                    content="default-src 'none'; style-src 'unsafe-inline'";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (title) }
                @for (name, verdict, report) in reports {
                    section {
                        h2 { span class=(format!("badge {verdict}")) { (verdict) } " " (name) }
                        p { (report.headline) }
                        @for block in &report.blocks { (write_block(block)) }
                    }
                }
            }
        }
    }
    .into_string()
}

fn write_block(block: &Block) -> Markup {
    html! {
        @match block {
            Block::Text { text } => @for line in text.lines() { p { (line) } },
            Block::Table(table) => {
                h3 { (table.title) }
                div class="scroll" { table {
                    thead { tr { @for column in &table.columns {
                        th class=(align(column.align)) { (column.heading) }
                    } } }
                    tbody { @for row in &table.rows { tr {
                        @for (cell, column) in row.iter().zip(&table.columns) {
                            td class=(align(column.align)) { (cell) }
                        }
                    } } }
                } }
                @if table.omitted > 0 { p { "… and " (table.omitted) " more" } }
            },
            Block::Findings { title, findings } => {
                h3 { (title) }
                @for finding in findings { (write_finding(finding)) }
            },
            Block::Timeline(timeline) => { h3 { (timeline.title) } (crate::svg::timeline(timeline)) },
            Block::Chart(chart) => {
                h3 { (chart.title) " (" (chart.unit) ")" }
                (crate::svg::chart(chart))
            },
        }
    }
}

fn write_finding(finding: &Finding) -> Markup {
    html! {
        details open[finding.level == robot_model::Level::Error] {
            summary {
                b { (finding.title) }
                @if let Some(location) = &finding.location {
                    " " code { (location.path) @if let Some(line) = location.line { ":" (line) } }
                }
            }
            @if !finding.detail.is_empty() { pre { (finding.detail) } }
        }
    }
}

fn align(align: Align) -> &'static str {
    match align {
        Align::Left => "left",
        Align::Right => "right",
    }
}

const STYLE: &str = "
:root{color-scheme:light dark;--line:#8884;--pass:#1a7f37;--warn:#9a6700;--fail:#cf222e;--grey:#6e7781}
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
section{border-top:1px solid var(--line);margin-top:1.5rem}
.badge{font-size:.75em;padding:.1em .6em;border-radius:1em;color:#fff;background:var(--grey)}
.badge.pass{background:var(--pass)}.badge.warn{background:var(--warn)}.badge.fail{background:var(--fail)}
.scroll{overflow-x:auto}table{border-collapse:collapse}
th,td{padding:.25em .8em;border-bottom:1px solid var(--line);text-align:left}
.right{text-align:right;font-variant-numeric:tabular-nums}
pre{overflow-x:auto;padding:.7em;border:1px solid var(--line);border-radius:6px;font-size:13px}
svg text{font:13px system-ui,sans-serif;fill:currentColor}svg .value{fill:var(--grey)}
rect{fill:var(--grey)}line.axis{stroke:var(--grey)}rect.pass{fill:var(--pass)}rect.warn{fill:var(--warn)}rect.fail{fill:var(--fail)}
";
