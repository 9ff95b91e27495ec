//! Pictures that need no script: the same input gives the same bytes.

use maud::{Markup, html};
use robot_model::{Chart, Timeline, Verdict};

const ROW: f64 = 26.0;
const LABEL: f64 = 170.0;
const WIDTH: f64 = 860.0;

/// The timeline as an SVG of fixed width; the same input gives the same bytes.
pub fn timeline(timeline: &Timeline) -> Markup {
    let end = timeline.bars.iter().map(|bar| bar.end).fold(0.001, f64::max);
    let scale = (WIDTH - LABEL - 80.0) / end;
    let height = ROW * timeline.bars.len() as f64 + 12.0;
    html! {
        svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label=(timeline.title)
            viewBox=(format!("0 0 {WIDTH} {height}")) width="100%" {
            @for (index, bar) in timeline.bars.iter().enumerate() {
                @let y = ROW * index as f64 + 6.0;
                @let x = LABEL + bar.start * scale;
                @let width = ((bar.end - bar.start) * scale).max(2.0);
                text x="4" y=(y + 15.0) class="label" { (bar.label) }
                rect x=(format!("{x:.1}")) y=(y) width=(format!("{width:.1}")) height="20" rx="3"
                    class=(class(bar.verdict)) {}
                text x=(format!("{:.1}", x + width + 6.0)) y=(y + 15.0) class="value" {
                    (format!("{:.1} s", bar.end - bar.start))
                }
            }
        }
    }
}

/// A chart as bars from a line of zero, losses to the left; the same input gives the same bytes.
pub(crate) fn chart(chart: &Chart) -> Markup {
    const LABEL: f64 = 300.0;
    let values = || chart.points.iter().map(|point| point.value).filter(|value| value.is_finite());
    let (low, high) = (values().fold(0.0, f64::min), values().fold(0.0, f64::max));
    let scale = (WIDTH - LABEL - 140.0) / (high - low).max(0.001);
    let zero = LABEL + 60.0 - low * scale;
    let height = ROW * chart.points.len() as f64 + 12.0;
    html! {
        svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label=(chart.title)
            viewBox=(format!("0 0 {WIDTH} {height}")) width="100%" {
            @for (index, point) in chart.points.iter().enumerate() {
                @let y = ROW * index as f64 + 6.0;
                @let value = if point.value.is_finite() { point.value } else { 0.0 };
                @let width = (value.abs() * scale).max(1.0);
                @let x = if value < 0.0 { zero - width } else { zero };
                text x="4" y=(y + 15.0) class="label" { (end_of(&point.label, 42)) }
                rect x=(format!("{x:.1}")) y=(y) width=(format!("{width:.1}")) height="20" rx="3"
                    class=(if value < 0.0 { "fail" } else { "pass" }) {}
                @if value < 0.0 {
                    text x=(format!("{:.1}", x - 6.0)) y=(y + 15.0) class="value" text-anchor="end" {
                        (format!("{value:+.1}"))
                    }
                } @else {
                    text x=(format!("{:.1}", x + width + 6.0)) y=(y + 15.0) class="value" {
                        (format!("{value:+.1}"))
                    }
                }
            }
            line x1=(format!("{zero:.1}")) x2=(format!("{zero:.1}")) y1="0" y2=(height) class="axis" {}
        }
    }
}

/// The last characters of a label: of a path they tell the most.
fn end_of(label: &str, length: usize) -> String {
    let characters = label.chars().count();
    if characters <= length {
        return label.to_owned();
    }
    format!("…{}", label.chars().skip(characters - length + 1).collect::<String>())
}

/// A badge of two words, for a README. `colour` is one of CSS and stands behind `value`.
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

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Warn => "warn",
        Verdict::Skipped => "skipped",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Fail => "fail",
    }
}
