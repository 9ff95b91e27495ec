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
                let _ = writeln!(out, "{}", table.title);
                let set = crate::table::set(table, false, |cell| plain(cell).replace('\n', " "));
                for line in set.lines() {
                    let _ = writeln!(out, "  {}", line.trim_end());
                }
                if table.omitted > 0 {
                    let _ = writeln!(out, "   … and {} more", table.omitted);
                }
            }
            Block::Findings { title, findings } => {
                let _ = writeln!(out, "{title}");
                findings.iter().for_each(|finding| write_finding(&mut out, finding));
            }
            Block::Timeline(timeline) => {
                let _ = writeln!(out, "{}", timeline.title);
                let width = timeline.bars.iter().map(|bar| bar.label.chars().count()).max();
                for bar in &timeline.bars {
                    let _ = writeln!(
                        out,
                        "  {} {:width$}  {:>7.2} s → {:>7.2} s",
                        bar.verdict.mark(),
                        bar.label,
                        bar.start,
                        bar.end,
                        width = width.unwrap_or(0),
                    );
                }
            }
            Block::Chart(chart) => {
                let _ = writeln!(out, "{} ({})", chart.title, chart.unit);
                for point in &chart.points {
                    let _ = writeln!(out, "  {}  {:+.1}", plain(&point.label), point.value);
                }
            }
        }
        out.push('\n');
    }
    let _ = writeln!(out, "{} {verdict}: {}", verdict.mark(), plain(&report.headline));
    out
}

fn write_finding(out: &mut String, finding: &Finding) {
    let place = finding.location.as_ref().map_or_else(String::new, |location| {
        let line = location.line.map_or_else(String::new, |line| format!(":{line}"));
        format!("  {}{line}", plain(&location.path))
    });
    let _ = writeln!(out, "  {}{place}", plain(&finding.title));
    for line in plain(&finding.detail).lines() {
        let _ = writeln!(out, "      {line}");
    }
}

fn plain(text: &str) -> String {
    text.chars().filter(|&c| c == '\n' || c == '\t' || !c.is_control()).collect()
}
