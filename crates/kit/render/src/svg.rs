//! SVG images without scripts. The same input gives the same bytes.

use crate::series::{self, Extent};
use maud::{Markup, html};
use robot_model::Series;

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 220.0;
/// Margins for the values on the left and for the times below.
const MARGIN: (f64, f64) = (60.0, 22.0);
/// Number of intervals.
const COLUMNS: usize = 200;

/// A series as lines between its smallest and largest value. Intervals without measurements are gaps.
pub(crate) fn series(series: &Series, extent: Extent) -> Markup {
    let Extent { start, end, low, high } = extent;
    let (left, bottom) = (MARGIN.0, HEIGHT - MARGIN.1);
    let x = |column: f64| left + column / COLUMNS as f64 * (WIDTH - left - 10.0);
    let height = |value: f64| match high - low {
        span if span > 0.0 => bottom - (value - low) / span * (bottom - 10.0),
        _ => bottom / 2.0,
    };
    html! {
        svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label=(series.title)
            viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) {
            line class="axis" x1=(left) x2=(WIDTH) y1=(bottom) y2=(bottom) {}
            line class="axis" x1=(left) x2=(WIDTH) y1="10" y2="10" {}
            text x=(left - 6.0) y="14" text-anchor="end" { (series::number(high)) }
            @if high > low {
                text x=(left - 6.0) y=(bottom) text-anchor="end" { (series::number(low)) }
            }
            text x=(left) y=(HEIGHT - 5.0) { (series::time(start, extent)) " UTC" }
            text x=(WIDTH - 4.0) y=(HEIGHT - 5.0) text-anchor="end" { (series::time(end, extent)) }
            @for (index, line) in series.lines.iter().take(series::LINES).enumerate() {
                @let class = format!("line-{}", index % 4);
                @for stretch in stretches(&series::columns(line, extent, COLUMNS), line.points.len()) {
                    @let points: Vec<(f64, f64)> = stretch
                        .iter()
                        .map(|(column, value)| (x(*column as f64 + 0.5), height(*value)))
                        .collect();
                    @match points.as_slice() {
                        [(x, y)] => circle class=(class) cx=(format!("{x:.1}")) cy=(format!("{y:.1}")) r="3" {},
                        points => polyline class=(format!("line {class}")) points=(joined(points)) {},
                    }
                }
            }
        }
    }
}

fn joined(points: &[(f64, f64)]) -> String {
    points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect::<Vec<_>>().join(" ")
}

/// The parts that are drawn as one line each. Empty columns between points are not gaps if there are fewer points
/// than columns.
fn stretches(columns: &[Option<f64>], points: usize) -> Vec<Vec<(usize, f64)>> {
    let usual = (columns.len() / points.max(1)).max(1);
    let mut stretches: Vec<Vec<(usize, f64)>> = Vec::new();
    for (column, value) in columns.iter().enumerate() {
        let Some(value) = *value else { continue };
        match stretches.last_mut() {
            Some(last) if last.last().is_some_and(|(at, _)| column - at <= usual * 3 / 2 + 1) => {
                last.push((column, value));
            }
            _ => stretches.push(vec![(column, value)]),
        }
    }
    stretches
}

/// A badge of two words, for a README. `colour` is the CSS background colour of `value`.
pub fn badge(label: &str, value: &str, colour: &str) -> String {
    let width = |text: &str| text.chars().count() as f64 * 6.6 + 12.0;
    let (left, right) = (width(label), width(value));
    let whole = left + right;
    html! {
        svg xmlns="http://www.w3.org/2000/svg" role="img" width=(format!("{whole:.0}")) height="20"
            aria-label=(format!("{label}: {value}")) {
            title { (label) ": " (value) }
            clipPath id="round" { rect width=(format!("{whole:.0}")) height="20" rx="3" fill="#fff" {} }
            g clip-path="url(#round)" {
                rect width=(format!("{left:.0}")) height="20" fill="#444c56" {}
                rect x=(format!("{left:.0}")) width=(format!("{right:.0}")) height="20" fill=(colour) {}
            }
            g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" {
                text x=(format!("{:.1}", left / 2.0)) y="14" { (label) }
                text x=(format!("{:.1}", left + right / 2.0)) y="14" { (value) }
            }
        }
    }
    .into_string()
}
