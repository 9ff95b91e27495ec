use robot_model::{Block, Finding, Report, Timeline, Verdict};
use std::fmt::Write as _;

/// The report as GitHub Markdown of at most `budget` bytes. Blocks come in the report's order,
/// which is failure first; what does not fit is left out and said.
pub fn report(report: &Report, title: &str, verdict: Verdict, budget: usize) -> String {
    let headline = escape(&report.headline);
    let mut out = format!("### {} {}: {verdict}\n\n{headline}\n", icon(verdict), escape(title));
    let notice = "\n*Cut to fit GitHub's limit; the whole report is in the step's log.*\n";
    for block in &report.blocks {
        let text = write_block(block);
        if out.len() + text.len() + 1 + notice.len() > budget {
            out.push_str(notice);
            break;
        }
        out.push('\n');
        out.push_str(&text);
    }
    out
}

/// Makes text show as itself: no Markdown, HTML, mention or issue link takes effect.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // A zero-width joiner would be invisible but copied along; an empty comment is not.
            '@' => out.push_str("@<!-- -->"),
            '#' => out.push_str("&#35;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push(c),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
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

fn write_block(block: &Block) -> String {
    match block {
        Block::Text { text } => format!("{}\n", escape(text)),
        Block::Table(table) => {
            let set = crate::table::set(table, true, |cell| escape(cell).replace('\n', "<br>"));
            let more = match table.omitted {
                0 => String::new(),
                more => format!("\n… and {more} more\n"),
            };
            format!("**{}**\n\n{set}\n{more}", escape(&table.title))
        }
        Block::Findings { title, findings } => {
            let mut out = format!("**{}**\n", escape(title));
            findings.iter().for_each(|finding| write_finding(&mut out, finding));
            out
        }
        Block::Timeline(timeline) => gantt(timeline),
        Block::Chart(chart) => {
            let mut out =
                format!("**{} ({})**\n\n| | |\n|:--|--:|\n", escape(&chart.title), chart.unit);
            for point in &chart.points {
                let _ = writeln!(out, "| {} | {:.3} |", escape(&point.label), point.value);
            }
            out
        }
    }
}

fn write_finding(out: &mut String, finding: &Finding) {
    let place = finding.location.as_ref().map_or_else(String::new, |location| {
        let line = location.line.map_or_else(String::new, |line| format!(":{line}"));
        format!(" — {}{line}", escape(&location.path))
    });
    let _ = write!(out, "\n- **{}**{place}\n", escape(&finding.title));
    if !finding.detail.is_empty() {
        let fence = fence_for(&finding.detail);
        let _ = write!(out, "\n  {fence}text\n");
        for line in finding.detail.lines() {
            let _ = writeln!(out, "  {line}");
        }
        let _ = writeln!(out, "  {fence}");
    }
}

/// A fence longer than any run of backticks in `text`, so that no output can close it.
fn fence_for(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

fn gantt(timeline: &Timeline) -> String {
    let mut out = "```mermaid\ngantt\n  dateFormat x\n  axisFormat %M:%S\n".to_owned();
    let _ = writeln!(out, "  title {}", mermaid_word(&timeline.title));
    for bar in &timeline.bars {
        let state = if bar.verdict.is_green() { "done" } else { "crit" };
        let _ = writeln!(
            out,
            "  {} :{state}, {:.0}, {:.0}",
            mermaid_word(&bar.label),
            bar.start * 1000.0,
            (bar.end * 1000.0).max(bar.start * 1000.0 + 1.0),
        );
    }
    out.push_str("```\n");
    out
}

fn mermaid_word(text: &str) -> String {
    text.chars().map(|c| if c.is_alphanumeric() || " -_./".contains(c) { c } else { ' ' }).collect()
}
