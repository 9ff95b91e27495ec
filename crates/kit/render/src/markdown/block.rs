//! Renders one block within a budget. If not all entries fit, the first ones are shown.

use super::written::{MORE, Written, bold, heading, remaining};
use super::{Sheet, escape, finding};
use crate::series::{self, Extent};
use robot_model::{Align, Block, Chart, Column, Series, Table, Timeline, TimelineBar};

/// Bytes of a cell or a label.
const CELL: usize = 300;
const COLUMNS: usize = 30;

pub(super) fn write(block: &Block, sheet: &Sheet<'_>) -> Written {
    match block {
        Block::Text { text } => lines(escape::lines(text), sheet.budget),
        Block::Table(table) => write_table(table, sheet.budget),
        Block::Findings { title, findings } => finding::write_all(title, findings, sheet),
        Block::Timeline(timeline) => gantt(timeline, sheet.budget),
        Block::Chart(chart) => write_chart(chart, sheet.budget),
        Block::Series(series) => write_series(series, sheet.budget),
        // The caller folds sections, because it knows their depth.
        Block::Section(_) => Written::default(),
        Block::Unknown => lines(std::iter::once(crate::UNKNOWN), sheet.budget),
    }
}

fn lines<'a>(lines: impl Iterator<Item = &'a str>, budget: usize) -> Written {
    let mut written = Written::default();
    for line in lines {
        let line = escape::opening(line, budget) + "\n";
        if written.text.len() + line.len() > budget {
            written.is_cut = true;
            break;
        }
        written.text += &line;
    }
    written
}

/// `head`, as many of `rows` as fit, and the number of the others.
fn rows(head: String, rows: impl Iterator<Item = String>, omitted: u64, budget: usize) -> Written {
    let Some(room) = budget.checked_sub(MORE) else { return Written::NOTHING };
    let mut written = Written { text: head, is_cut: false };
    let (mut fitting, mut more) = (0, omitted);
    for row in rows {
        // Stops at the first row that does not fit, because later rows would seem to follow directly.
        if written.is_cut || written.text.len() + row.len() > room {
            written.is_cut = true;
            more = more.saturating_add(1);
        } else {
            written.text += &row;
            fitting += 1;
        }
    }
    if fitting == 0 {
        return Written::NOTHING;
    }
    written.text += &remaining(more);
    written
}

fn write_table(table: &Table, budget: usize) -> Written {
    let columns: &[Column] = &table.columns[..table.columns.len().min(COLUMNS)];
    let row = |cells: &mut dyn Iterator<Item = String>| {
        cells.fold("|".to_owned(), |row, cell| row + " " + &cell + " |") + "\n"
    };
    let head = row(&mut columns.iter().map(|column| cell(&column.heading)));
    let align = row(&mut columns.iter().map(|column| match column.align {
        Align::Left => ":--".to_owned(),
        Align::Right => "--:".to_owned(),
    }));
    let head = format!("{}\n{head}{align}", heading(&table.title));
    let body = table.rows.iter().map(|cells| {
        let cells = cells.iter().map(String::as_str).chain(std::iter::repeat(""));
        row(&mut cells.take(columns.len()).map(cell))
    });
    rows(head, body, table.omitted, budget)
}

fn cell(text: &str) -> String {
    let lines: Vec<String> =
        escape::lines(text).take(20).map(|line| escape::line(line, CELL)).collect();
    lines.join("<br>")
}

fn write_chart(chart: &Chart, budget: usize) -> Written {
    let unit = escape::line(&chart.unit, CELL);
    let head = format!("**{} ({unit})**\n\n| | |\n|:--|--:|\n", bold(&chart.title));
    let body = chart.points.iter().map(|point| {
        format!("| {} | {} |\n", escape::line(&point.label, CELL), signed(point.value))
    });
    rows(head, body, 0, budget)
}

/// One row per line, because GitHub has no chart with several named lines.
fn write_series(series: &Series, budget: usize) -> Written {
    let unit = escape::line(&series.unit, CELL);
    let title = bold(&series.title);
    let Some(extent) = Extent::of(series) else {
        let text = format!("**{title}**: nothing was measured\n");
        return if text.len() > budget {
            Written::NOTHING
        } else {
            Written { text, is_cut: false }
        };
    };
    let time = |seconds: f64| escape::line(&series::time(seconds, extent), CELL);
    let (start, end) = (time(extent.start), time(extent.end));
    let head = format!(
        "**{title} ({unit}), {start} to {end} UTC**\n\n| | first | least | most | last | |\n|:--|--:|--:|--:|--:|:--|\n"
    );
    let body = series.lines.iter().take(series::LINES).map(|line| {
        let values = series::told(line).unwrap_or_default().join(" | ");
        let label = escape::line(&line.label, CELL);
        format!("| {label} | {values} | {} |\n", series::sparkline(line, extent))
    });
    rows(head, body, series.lines.len().saturating_sub(series::LINES) as u64, budget)
}

/// A number; a very large one in scientific notation instead of a long line of digits.
fn signed(value: f64) -> String {
    if value.abs() < 1e12 { format!("{value:+.1}") } else { format!("{value:+e}") }
}

fn gantt(timeline: &Timeline, budget: usize) -> Written {
    let tail = "```\n";
    let title = word(&timeline.title);
    let head = format!("```mermaid\ngantt\n  dateFormat x\n  axisFormat %M:%S\n  title {title}\n");
    let mut out = head;
    for bar in &timeline.bars {
        let line = bar_line(bar);
        // A timeline without its end would be misleading.
        if out.len() + line.len() + tail.len() > budget {
            return Written::NOTHING;
        }
        out += &line;
    }
    Written { text: out + tail, is_cut: false }
}

fn bar_line(bar: &TimelineBar) -> String {
    let state = if bar.verdict.is_green() { "done" } else { "crit" };
    // Milliseconds, limited to one year: larger values would not be drawn.
    let milliseconds = |seconds: f64| (seconds * 1000.0).clamp(0.0, 3.2e10);
    let (start, end) = (milliseconds(bar.start), milliseconds(bar.end));
    format!("  {} :{state}, {start:.0}, {:.0}\n", word(&bar.label), end.max(start + 1.0))
}

/// A word that Mermaid accepts.
fn word(text: &str) -> String {
    let allowed = |c: char| if c.is_alphanumeric() || " -_./".contains(c) { c } else { ' ' };
    let word: String = text.chars().take(100).map(allowed).collect();
    if word.trim().is_empty() { "-".to_owned() } else { word }
}
