use maud::{Markup, html};
use robot_model::{Timeline, Verdict};

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

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Warn => "warn",
        Verdict::Skipped => "skipped",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Fail => "fail",
    }
}
