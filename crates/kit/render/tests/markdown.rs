//! What a report says has no effect on the page, and the page has its limit.

use proptest::prelude::*;
use robot_model::{
    Block, Chart, ChartPoint, Figure, Finding, Location, RepoPath, Report, RunIdentity, Section,
    Series, SeriesLine, SeriesPoint, Table, Timeline, TimelineBar, Unit, Verdict,
};
use robot_render::{Sheet, markdown};
use robot_testkit::{HOSTILE, effects};
use serde_json::json;

const SOURCE: &str = "https://github.com/o/r/blob/1111111111111111111111111111111111111111";

/// The report of a run on GitHub, of at most `budget` bytes.
fn written(title: &str, verdict: Verdict, report: &Report, budget: usize) -> String {
    let run = RunIdentity {
        server: Some("https://github.com".to_owned()),
        repository: Some("o/r".to_owned()),
        head_sha: Some("1".repeat(40)),
        ..RunIdentity::default()
    };
    markdown(title, verdict, report, &Sheet { run: &run, rest: "more is elsewhere", budget })
}

fn finding(title: &str, detail: &str) -> Finding {
    Finding::error("fail", title).detail(detail)
}

fn section(title: &str, verdict: Verdict, report: &Report) -> Block {
    Block::Section(Section { title: title.to_owned(), verdict, report: report.clone() })
}

fn with(findings: Vec<Finding>) -> Report {
    let mut report = Report::new("1 failed");
    report.push(Block::findings("Failed", findings));
    report
}

/// A report that says `text` wherever it can say something.
fn saying(text: &str) -> Report {
    let owned = || text.to_owned();
    let location = RepoPath::new(text).map(|path| Location::line(path, 7));
    let mut table = Table::new(text, [text, text]);
    table.row([text, text]);
    let mut report = Report::new(text);
    report.figures =
        vec![Figure::count(text, 7), Figure { unit: Unit::Bytes, ..Figure::count(text, 7) }];
    let helped = Finding { help_url: Some(owned()), ..finding(text, "") };
    report.push(Block::findings(text, [finding(text, text).at(location), helped]));
    report.push(Block::text(text));
    report.push(Block::Table(table));
    report.push(Block::Timeline(Timeline {
        title: owned(),
        bars: vec![TimelineBar { label: owned(), start: 0.0, end: 1.0, verdict: Verdict::Pass }],
    }));
    report.push(Block::Chart(Chart {
        title: owned(),
        unit: owned(),
        points: vec![ChartPoint { label: owned(), value: 1.0 }],
    }));
    let points = vec![SeriesPoint { time: 0.0, value: Some(1.0) }];
    report.push(Block::Series(Series {
        title: owned(),
        unit: owned(),
        lines: vec![SeriesLine { label: owned(), points }],
    }));
    report
}

/// The same in sections, as deep as they may be told.
fn nested(text: &str) -> Report {
    (0..6).fold(saying(text), |inner, _| {
        let mut outer = saying(text);
        outer.push(section(text, Verdict::Warn, &inner));
        outer
    })
}

/// Fails when something of `page` is not ours.
fn check(page: &str, what: &str) {
    let found = effects(page);
    let ours =
        ["!--", "b", "/b", "br", "details", "/details", "summary", "/summary", "span", "/span"];
    let tags: Vec<&String> =
        found.tags.iter().filter(|tag| !ours.contains(&tag.as_str())).collect();
    assert!(tags.is_empty(), "{what:?}: {tags:?} in {page}");
    assert_eq!(found.headings.len(), 1, "{what:?}: {:?} in {page}", found.headings);
    assert!(found.links.iter().all(|link| link.starts_with(SOURCE)), "{what:?}: {found:?}");
    assert!(found.references.is_empty(), "{what:?}: {:?} in {page}", found.references);
    assert!(found.others.is_empty(), "{what:?}: {:?} in {page}", found.others);
}

fn check_saying(text: &str) {
    check(&written(text, Verdict::Fail, &nested(text), 999_999), text);
}

#[test]
fn what_code_under_test_says_has_no_effect_on_the_page() {
    for text in HOSTILE {
        check_saying(text);
        check_saying(&format!("x {text}"));
    }
}

#[test]
fn what_is_escaped_is_shown_as_it_was() {
    let mut report = Report::new("a|b @x #1 $2 $3 a_b");
    report.push(section("a_b", Verdict::Pass, &report.clone()));
    let page = written("a_b", Verdict::Pass, &report, 9999);
    // Within <summary>, Markdown is not read: a backslash would be shown.
    let summary = page.lines().find(|line| line.contains("<summary>")).unwrap();
    assert!(summary.contains("a|b @<!-- -->x") && !summary.contains('\\'), "{summary}");
}

#[test]
fn a_table_cell_stays_one_cell_and_is_not_padded() {
    let mut table = Table::new("T", ["a", ">b"]);
    table.row(["x|y\nz", "w"]);
    let long = "l".repeat(100_000);
    for _ in 0..20 {
        table.row([long.as_str(), ""]);
    }
    let mut with_table = Report::new("h");
    with_table.push(Block::Table(table));
    let page = written("x", Verdict::Pass, &with_table, 99_999);
    assert!(page.contains("| x\\|y<br>z | w |"), "{page}");
    assert!(page.len() < 10_000, "{}", page.len());
    assert!(robot_render::text(&with_table, Verdict::Pass).len() < 10_000);
}

#[test]
fn of_too_many_failures_the_first_are_shown_and_the_rest_is_counted() {
    let many = (0..1000).map(|number| finding(&format!("Test{number}"), &"y".repeat(500)));
    let page = written("x", Verdict::Fail, &with(many.collect()), 20_000);
    assert!(page.len() <= 20_000 && page.len() > 15_000, "{}", page.len());
    assert!(page.contains("Test0") && page.contains("more\n") && page.contains("Cut to fit"));
}

#[test]
fn neither_a_loud_test_nor_a_long_name_hides_the_others() {
    let loud = finding("TestLoud", &"z".repeat(3_000_000));
    let named = finding(&"n".repeat(100_000), "");
    let others = (0..50).map(|number| finding(&format!("TestQuiet{number}"), "q"));
    let all: Vec<Finding> = [loud, named].into_iter().chain(others).collect();
    let page = written("x", Verdict::Fail, &with(all), 20_000);
    assert!(page.contains("TestLoud") && page.contains("TestQuiet49"), "{}", page.len());
    // One that does not fit at all is counted, and those behind it are shown.
    let wide = Finding { title: "$".repeat(600), ..finding("", &"w\n".repeat(500)) };
    let page = written("x", Verdict::Fail, &with(vec![wide, finding("TestQuiet", "q")]), 1500);
    assert!(page.contains("TestQuiet") && page.contains("… and 1 more"), "{page}");
}

#[test]
fn an_overview_stays_beside_many_failures() {
    let mut table = Table::new("Robots", ["robot"]);
    (0..50).for_each(|number| table.row([format!("echo{number}")]));
    let mut report = Report::new("h");
    report.push(Block::Table(table));
    let many = (0..1000).map(|number| finding(&format!("Test{number}"), &"y".repeat(500)));
    report.push(Block::findings("Failed", many));
    let page = written("x", Verdict::Fail, &report, 20_000);
    assert!(page.contains("| echo49 |") && page.contains("Test5"), "{page}");
    let page = written("x", Verdict::Fail, &report, 1200);
    assert!(page.contains("| echo0 |") && page.contains("Test0"), "{page}");
}

#[test]
fn places_link_to_the_source_and_nowhere_else() {
    let at = |path: &str| {
        // As a result from elsewhere has it.
        let told = json!({ "level": "error", "rule": "x", "title": "t", "location":
            { "path": path, "line": 7, "end_line": 9 } });
        let report = with(vec![serde_json::from_value(told).unwrap()]);
        written("x", Verdict::Fail, &report, 9999)
    };
    assert!(at("a/b c.go").contains(&format!("({SOURCE}/a/b%20c.go#L7-L9)")));
    assert!(at("x)](evil").contains(&format!("({SOURCE}/x%29%5D%28evil#L7-L9)")));
    assert!(at("x)](https://evil.example.com").contains(&format!("({SOURCE}/x%29")));
    for elsewhere in ["../../../evil/repo", "/etc/passwd", "a/../..", ""] {
        assert!(effects(&at(elsewhere)).links.is_empty(), "{elsewhere}");
    }
    let helped = |address: &str| {
        let help_url = Some(address.to_owned());
        let report = with(vec![Finding { help_url, ..finding("t", "") }]);
        written("x", Verdict::Fail, &report, 9999)
    };
    assert!(helped("https://pkg.go.dev/vuln/GO-1").contains("(https://pkg.go.dev/vuln/GO-1)"));
    for hostile in [
        "javascript:alert(1)",
        "https://evil.example.com",
        "https://pkg.go.dev/vuln/../x",
        "https://pkg.go.dev/vuln/x)[y](https://z.example.com",
        "https://pkg.go.dev.evil.example.com/vuln/",
    ] {
        assert!(effects(&helped(hostile)).links.is_empty(), "{hostile}");
    }
}

#[test]
fn parts_are_folded_while_they_fit_and_then_counted() {
    let report = with(vec![finding("TestOne", &"y".repeat(2000))]);
    let mut whole = Report::new("h");
    whole.blocks = vec![section("go-test", Verdict::Pass, &report); 50];
    let page = written("x", Verdict::Pass, &whole, 20_000);
    assert!(page.len() <= 20_000, "{}", page.len());
    let folded = page.matches("<details>").count();
    assert_eq!(folded, page.matches("</details>").count());
    assert!(folded > 5, "{page}");
    let rest = format!("*{} more parts do not fit; more is elsewhere.*", 50 - folded);
    assert!(page.contains(&rest), "{page}");
}

/// Pieces of what is hostile, and of anything.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![3 => prop::sample::select(&HOSTILE[..]).prop_map(str::to_owned), 1 => any::<String>()];
    let between = prop::sample::select(&["", " ", "\n", "\r", "\t"][..]);
    prop::collection::vec((piece, between), 0..6)
        .prop_map(|all| all.into_iter().map(|(piece, between)| piece + between).collect())
}

proptest! {
    #[test]
    fn no_mixture_has_an_effect(text in texts()) {
        check_saying(&text);
    }

    #[test]
    fn the_limit_holds_for_any_text(texts in prop::collection::vec(texts(), 1..8),
                                    repeated in 1_usize..400, budget in 1000_usize..9000) {
        let long: Vec<String> = texts.iter().map(|text| text.repeat(repeated)).collect();
        let mut report = saying(&long[0]);
        report.push(Block::findings(&long[0], long.iter().map(|text| finding(text, text))));
        let page = written(&long[0], Verdict::Fail, &report, budget);
        prop_assert!(page.len() <= budget, "{} > {budget}", page.len());
        let mut whole = nested(&long[0]);
        whole.blocks.extend(vec![section(&long[0], Verdict::Warn, &report); 4]);
        let page = written(&long[0], Verdict::Fail, &whole, budget);
        prop_assert!(page.len() <= budget, "{} > {budget}", page.len());
        let folded = page.matches("\n<details><summary>").count();
        prop_assert_eq!(folded, page.matches("\n</details>\n").count());
    }
}
