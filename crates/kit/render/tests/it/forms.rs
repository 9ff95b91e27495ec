//! Every form draws every block, and says the same.

use robot_model::{
    Block, Chart, ChartPoint, Figure, Finding, Location, RepoPath, Report, RunIdentity, Section,
    Series, SeriesLine, SeriesPoint, Table, Timeline, TimelineBar, Verdict,
};
use robot_render::{SarifResult, SarifRun};
use robot_render::{Sheet, annotations, markdown, page, sarif, text};

/// A word in each block, and one in a section.
fn report() -> Report {
    let mut table = Table::new("Numbers", ["name"]);
    table.row(["in-table"]);
    let place = Location::line(RepoPath::new("robot/a.go").unwrap(), 7);
    let failed = Finding::error("fail", "in-findings").detail("got 1\nhint: run `go test`");
    let mut inner = Report::new("in-headline");
    inner.push(Block::findings("Inner", [Finding::warning("flaky", "in-section")]));
    let mut report = Report::new("1 failed");
    report.figures = vec![Figure::count("in-figures", 41)];
    report.push(Block::findings("Failed", [failed.at(place)]));
    report.push(Block::text("in-text"));
    report.push(Block::Table(table));
    let bar =
        TimelineBar { label: "in-timeline".into(), start: 0.0, end: 1.0, verdict: Verdict::Pass };
    report.push(Block::Timeline(Timeline { title: "T".into(), bars: vec![bar] }));
    let point = ChartPoint { label: "in-chart".into(), value: -1.0 };
    report.push(Block::Chart(Chart {
        title: "C".into(),
        unit: "points".into(),
        points: vec![point],
    }));
    let points = [Some(1.0), None, Some(3.0), Some(2.0)].into_iter().enumerate();
    let points = points.map(|(time, value)| SeriesPoint { time: time as f64, value }).collect();
    report.push(Block::Series(Series {
        title: "Latency".into(),
        unit: "ms".into(),
        lines: vec![SeriesLine { label: "in-series".into(), points }],
    }));
    report.push(Block::Section(Section {
        title: "test".into(),
        verdict: Verdict::Warn,
        report: inner,
    }));
    report
}

fn all_words(form: &str, but: &[&str]) {
    for word in [
        "in-findings",
        "in-text",
        "in-table",
        "in-timeline",
        "in-chart",
        "in-series",
        "in-section",
        "in-headline",
        "in-figures",
        "robot/a.go:7",
    ] {
        assert!(but.contains(&word) || form.contains(word), "no {word} in {form}");
    }
}

#[test]
fn each_form_draws_each_block() {
    let report = report();
    let run = RunIdentity::default();
    all_words(&text(&report, Verdict::Fail), &[]);
    let sheet = Sheet { run: &run, rest: "more is elsewhere", budget: 99_999 };
    let written = markdown("robot", Verdict::Fail, &report, &sheet);
    // GitHub would take `a.go:7` for the begin of an emoji.
    all_words(&written, &["robot/a.go:7"]);
    assert!(written.contains("<details><summary>⚠️ <b>test</b>: in-headline"), "{written}");
    let html = page("robot", Verdict::Fail, &report, &run);
    all_words(&html, &[]);
    assert!(html.contains("<polyline"), "{html}");
    let told = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&told).unwrap(), report);
}

#[test]
fn a_gap_parts_the_line_of_a_series() {
    let html = page("robot", Verdict::Pass, &report(), &RunIdentity::default());
    // One point before the gap, a line behind it.
    assert_eq!((html.matches("<circle").count(), html.matches("<polyline").count()), (1, 1));
}

#[test]
fn what_to_do_stands_apart_on_the_page() {
    let html = page("robot", Verdict::Fail, &report(), &RunIdentity::default());
    assert!(html.contains("<p class=\"hint\">run <code>go test</code></p>"), "{html}");
    assert!(html.contains("<pre>got 1</pre>"), "{html}");
}

#[test]
fn findings_of_sections_are_annotated() {
    let report = report();
    let annotated = annotations(report.findings());
    let titles: Vec<&str> = annotated.iter().map(|finding| finding.title.as_str()).collect();
    assert_eq!(titles, ["in-findings", "in-section"]);
}

#[test]
fn any_report_is_sarif() {
    let results = report().findings().cloned().map(SarifResult::of).collect();
    let run =
        SarifRun { tool: "go-test", category: "go-test/".into(), results, ..SarifRun::default() };
    let (log, left_out) = sarif(vec![run]);
    let log = serde_json::to_value(&log).unwrap();
    assert_eq!(left_out, 0);
    let result = &log["runs"][0]["results"][0];
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!((&result["ruleId"], &result["level"]), (&"fail".into(), &"error".into()));
    assert_eq!(place["artifactLocation"]["uri"], "robot/a.go");
    assert_eq!(place["region"]["startLine"], 7);
    // Code scanning refuses a result without a place.
    let other = &log["runs"][0]["results"][1]["locations"][0]["physicalLocation"];
    assert_eq!(other["artifactLocation"]["uri"], "go.mod");
}
