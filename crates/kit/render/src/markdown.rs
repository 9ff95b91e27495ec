use robot_model::{Block, Finding, Location, Report, Timeline, Verdict};
use std::fmt::Write as _;

/// The report as GitHub Markdown of at most `budget` bytes. Blocks come in the report's order,
/// which is failure first; what does not fit is left out and said.
pub fn report(report: &Report, title: &str, verdict: Verdict, budget: usize) -> String {
    let headline = escape(&report.headline);
    let head = format!("### {} {}: {verdict}\n\n{headline}\n", icon(verdict), escape(title));
    blocks(head, report, None, budget)
}

/// A report of several parts as GitHub Markdown of at most `budget` bytes: the first open, the others
/// folded, failures before the rest; what does not fit is left out and said. `source` is the address
/// below which the repository's files are shown at this commit; it must be a trusted one.
pub fn comment(
    first: &Section<'_>,
    others: &[Section<'_>],
    source: Option<&str>,
    budget: usize,
) -> String {
    const END: usize = 100;
    let (title, headline) = (escape(first.title), escape(&first.report.headline));
    let head = format!("## {} {title}: {headline}\n", icon(first.verdict));
    let mut out = blocks(head, first.report, source, budget.saturating_sub(END));
    let mut left_out = 0;
    for section in others {
        let left = budget.saturating_sub(out.len() + END);
        let (title, headline) = (escape(section.title), escape(&section.report.headline));
        let head = format!(
            "\n<details><summary>{} <b>{title}</b>: {headline}</summary>\n",
            icon(section.verdict)
        );
        let tail = "\n</details>\n";
        // Less than a table says nothing: the rest is named instead.
        if left < head.len() + tail.len() + 1000 {
            left_out += 1;
            continue;
        }
        out += &blocks(head, section.report, source, left - tail.len());
        out += tail;
    }
    if left_out > 0 {
        let _ = write!(out, "\n*{left_out} more parts are in the run's page.*\n");
    }
    out
}

/// A part of a report.
#[derive(Debug, Clone, Copy)]
pub struct Section<'a> {
    /// What it is of.
    pub title: &'a str,
    /// What was decided.
    pub verdict: Verdict,
    /// What there is to say.
    pub report: &'a Report,
}

/// `out` and the blocks behind it, within `budget`.
fn blocks(mut out: String, report: &Report, source: Option<&str>, budget: usize) -> String {
    let notice = "\n*Cut to fit GitHub's limit; the whole report is in the step's log.*\n";
    let mut is_cut = false;
    for block in &report.blocks {
        let left = budget.saturating_sub(out.len() + notice.len() + 1);
        let mut text = write_block(block, source);
        if text.len() > left {
            is_cut = true;
            // Of many failures the first are worth more than none; of a table nothing is.
            let Block::Findings { title, findings } = block else { continue };
            let Some(first) = write_findings(title, findings, source, left) else { continue };
            text = first;
        }
        out.push('\n');
        out.push_str(&text);
    }
    if is_cut {
        out.push_str(notice);
    }
    out
}

/// As many findings as `budget` bytes hold, and how many more there are; `None` when none fits.
fn write_findings(
    title: &str,
    findings: &[Finding],
    source: Option<&str>,
    budget: usize,
) -> Option<String> {
    let mut out = format!("**{}**\n", escape(title));
    let budget = budget.checked_sub("\n… and 18446744073709551615 more\n".len())?;
    let mut written = 0;
    for finding in findings {
        let before = out.len();
        write_finding(&mut out, finding, source);
        if out.len() > budget {
            out.truncate(before);
            break;
        }
        written += 1;
    }
    let more = findings.len() - written;
    if more > 0 {
        let _ = write!(out, "\n… and {more} more\n");
    }
    (written > 0).then_some(out)
}

/// Makes text show as itself: no Markdown, HTML, mention or issue link takes effect.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // GitHub links mentions, issues and addresses in what is left after entities were read;
            // an empty comment parts them, and is not copied along as a zero-width joiner would be.
            '@' | '#' => {
                out.push(c);
                out.push_str(APART);
            }
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push(c),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.replace("://", &format!(":{APART}//")).replace("www.", &format!("www.{APART}"))
}

const APART: &str = "<!-- -->";

fn icon(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✅",
        Verdict::Warn => "⚠️",
        Verdict::Skipped => "⏭️",
        Verdict::Inconclusive => "❔",
        Verdict::Fail => "❌",
    }
}

fn write_block(block: &Block, source: Option<&str>) -> String {
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
            write_findings(title, findings, source, usize::MAX).unwrap_or_default()
        }
        Block::Timeline(timeline) => gantt(timeline),
        Block::Chart(chart) => {
            let mut out =
                format!("**{} ({})**\n\n| | |\n|:--|--:|\n", escape(&chart.title), chart.unit);
            for point in &chart.points {
                let _ = writeln!(out, "| {} | {:+.1} |", escape(&point.label), point.value);
            }
            out
        }
    }
}

fn write_finding(out: &mut String, finding: &Finding, source: Option<&str>) {
    let place = finding.location.as_ref().map_or_else(String::new, |location| {
        let line = location.line.map_or_else(String::new, |line| format!(":{line}"));
        let text = format!("{}{line}", escape(&location.path));
        match source.and_then(|source| address(source, location)) {
            Some(address) => format!(" — [{text}]({address})"),
            None => format!(" — {text}"),
        }
    });
    let _ = write!(out, "\n- **{}**{place}\n", escape(&finding.title));
    if !finding.detail.is_empty() {
        let fence = fence_for(&finding.detail);
        let _ = write!(out, "\n  {fence}text\n");
        for line in cut(&finding.detail).lines() {
            let _ = writeln!(out, "  {line}");
        }
        let _ = writeln!(out, "  {fence}");
    }
}

/// Where a place is shown; `None` for a path that leads elsewhere. The path is not trusted: what means
/// something in an address or in Markdown is encoded.
fn address(source: &str, location: &Location) -> Option<String> {
    let is_inside = |part: &str| !part.is_empty() && part != "." && part != "..";
    if !location.path.split('/').all(is_inside) {
        return None;
    }
    let mut address = format!("{source}/");
    for byte in location.path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' => {
                address.push(char::from(byte));
            }
            byte => {
                let _ = write!(address, "%{byte:02X}");
            }
        }
    }
    if let Some(line) = location.line {
        let _ = write!(address, "#L{line}");
    }
    Some(address)
}

/// Bytes of one finding's detail: one test that prints megabytes must not hide the others.
const DETAIL: usize = 8 * 1024;

/// The end of a long text, where a failure usually says what it is.
fn cut(text: &str) -> std::borrow::Cow<'_, str> {
    if text.len() <= DETAIL {
        return text.into();
    }
    let start = text.ceil_char_boundary(text.len() - DETAIL);
    format!("… {start} bytes cut …\n{}", &text[start..]).into()
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use robot_model::{Level, Table};

    fn finding(title: &str, detail: &str) -> Finding {
        Finding {
            level: Level::Error,
            rule: "fail".to_owned(),
            title: title.to_owned(),
            detail: detail.to_owned(),
            location: None,
        }
    }

    fn with(findings: Vec<Finding>) -> Report {
        let mut report = Report::new("1 failed");
        report.push(Block::Findings { title: "Failed".to_owned(), findings });
        report
    }

    #[test]
    fn what_code_under_test_says_has_no_effect_on_the_page() {
        let hostile = "@team <img src=x> #1 https://example.com www.example.com [a](b) **b** `c` |";
        let page =
            report(&with(vec![finding(hostile, "```\n# out\n````")]), "x", Verdict::Fail, 9999);
        for effect in ["@team", "<img", "#1", "https://", "www.example", "[a](b)", "**b**"] {
            assert!(!page.contains(effect), "{effect} in {page}");
        }
        // The fence is longer than any in the text.
        assert!(page.contains("  `````text\n"), "{page}");
    }

    #[test]
    fn a_table_cell_stays_one_cell() {
        let mut table = Table::new("T", ["a", "b"]);
        table.row(["x|y\nz", "w"]);
        let mut with_table = Report::new("h");
        with_table.push(Block::Table(table));
        let page = report(&with_table, "x", Verdict::Pass, 9999);
        assert!(page.contains("x\\|y<br>z"), "{page}");
    }

    #[test]
    fn of_too_many_failures_the_first_are_shown_and_the_rest_is_counted() {
        let many = (0..1000).map(|number| finding(&format!("Test{number}"), &"y".repeat(500)));
        let page = report(&with(many.collect()), "x", Verdict::Fail, 20_000);
        assert!(page.len() <= 20_000 && page.len() > 15_000, "{}", page.len());
        assert!(page.contains("Test0") && page.contains("more\n") && page.contains("Cut to fit"));
    }

    #[test]
    fn one_loud_test_leaves_room_for_the_others() {
        let loud = finding("TestLoud", &"z".repeat(3_000_000));
        let page = report(&with(vec![loud, finding("TestQuiet", "q")]), "x", Verdict::Fail, 65_000);
        assert!(page.contains("TestLoud") && page.contains("TestQuiet"), "{}", page.len());
    }

    #[test]
    fn places_link_to_the_source_and_nowhere_else() {
        let at = |path: &str| {
            let location = Location { path: path.to_owned(), line: Some(7), column: None };
            let report = with(vec![Finding { location: Some(location), ..finding("t", "") }]);
            let first = Section { title: "x", verdict: Verdict::Fail, report: &report };
            comment(&first, &[], Some("https://github.com/o/r/blob/abc"), 9999)
        };
        assert!(at("a/b c.go").contains("(https://github.com/o/r/blob/abc/a/b%20c.go#L7)"));
        assert!(at("x)](evil").contains("(https://github.com/o/r/blob/abc/x%29%5D%28evil#L7)"));
        for elsewhere in ["../../../evil/repo", "/etc/passwd", "x)](https://evil.example.com", ""] {
            assert!(!at(elsewhere).contains("](http"), "{elsewhere}");
        }
    }

    #[test]
    fn parts_are_folded_while_they_fit_and_then_counted() {
        let report = with(vec![finding("TestOne", &"y".repeat(2000))]);
        let part = Section { title: "go-test", verdict: Verdict::Pass, report: &report };
        let page = comment(&part, &[part; 50], None, 20_000);
        assert!(page.len() <= 20_000, "{}", page.len());
        assert_eq!(page.matches("<details>").count(), page.matches("</details>").count());
        assert!(
            page.matches("<details>").count() > 5 && page.contains("more parts are in"),
            "{page}"
        );
    }

    proptest! {
        #[test]
        fn the_limit_holds_for_parts(titles in prop::collection::vec(any::<String>(), 0..20),
                                     budget in 500_usize..9000) {
            let findings = titles.iter().map(|title| finding(title, title)).collect();
            let report = with(findings);
            let part = Section { title: "x", verdict: Verdict::Warn, report: &report };
            let page = comment(&part, &[part; 4], None, budget);
            prop_assert!(page.len() <= budget, "{} > {budget}", page.len());
            prop_assert_eq!(page.matches("<details>").count(), page.matches("</details>").count());
        }

        #[test]
        fn the_limit_holds_for_any_text(titles in prop::collection::vec(any::<String>(), 0..20),
                                        budget in 200_usize..3000) {
            let findings = titles.iter().map(|title| finding(title, title)).collect();
            let page = report(&with(findings), "x", Verdict::Fail, budget);
            prop_assert!(page.len() <= budget, "{} > {budget}", page.len());
        }
    }
}
