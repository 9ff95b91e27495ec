//! The report of the tests, with failures first.

use crate::cause::Cause;
use crate::input::ResolvedLayer;
use crate::layer_run::LayerRun;
use crate::place::Places;
use crate::problem::{Problem, package_detail, problems};
use crate::reuse_report;
use robot_contract::Cause as _;
use robot_golang::suite;
use robot_golang::suite::TestOutcome;
use robot_golang::suite::{Package, Test};
use robot_model::{Block, Figure, Finding, Level, Report, Table};
use robot_render::counted;
use std::collections::HashSet;

/// Largest number of lines of a failed test's output.
const DETAIL_LINES: usize = 40;
const SLOWEST: usize = 10;
/// Largest number of findings for failed tests, and also for flaky ones.
const FINDINGS: usize = 2000;

/// The report of all layers, with failures first.
pub(crate) fn write(runs: &[LayerRun], modules: &Places) -> Report {
    let mut report = Report::new(headline(runs));
    report.figures = Counts::of(runs).figures();
    let mut failures = Vec::new();
    let mut flaky = Vec::new();
    let mut cut = Vec::new();
    for run in runs {
        let more = findings(run, modules, &mut failures, &mut flaky);
        cut.push(cut_short(run, more));
    }
    report.push(Block::Findings { title: "Failed".to_owned(), findings: failures });
    report.push(Block::Findings { title: "Warnings".to_owned(), findings: flaky });
    cut.into_iter().for_each(|cut| report.push(Block::text(cut)));
    report.push(Block::Table(layers(runs)));
    report.push(Block::Table(slowest(runs)));
    for run in runs {
        report.push(Block::text(reuse_report::tell(run)));
    }
    report
}

/// Number of tests by outcome.
struct Counts {
    passed: usize,
    failed: usize,
    skipped: usize,
    flaky: usize,
    cut_off: usize,
}

impl Counts {
    fn of(runs: &[LayerRun]) -> Self {
        let count = |wanted: fn(TestOutcome) -> bool| {
            runs.iter().flat_map(LayerRun::tests).filter(|(_, test)| wanted(test.outcome)).count()
        };
        Self {
            passed: count(|outcome| matches!(outcome, TestOutcome::Pass | TestOutcome::Flaky)),
            failed: count(TestOutcome::is_failure),
            skipped: count(|outcome| outcome == TestOutcome::Skip),
            flaky: count(|outcome| outcome == TestOutcome::Flaky),
            cut_off: count(|outcome| outcome == TestOutcome::CutOff),
        }
    }

    /// The usual figures, and others if they are not zero.
    fn figures(&self) -> Vec<Figure> {
        let rare = [("skipped", self.skipped), ("flaky", self.flaky)];
        let rare = rare.into_iter().filter(|(_, count)| *count > 0);
        let all = [("passed", self.passed), ("failed", self.failed)].into_iter().chain(rare);
        all.map(|(name, count)| Figure::count(name, count)).collect()
    }
}

fn headline(runs: &[LayerRun]) -> String {
    let Counts { passed, failed, skipped, flaky: _, cut_off } = Counts::of(runs);
    let layers = runs.iter().map(|run| run.layer.name.as_str()).collect::<Vec<_>>().join(", ");
    // A package that does not compile has no failed test but is not a success.
    let is_broken = |package: &&Package| {
        package.outcome.is_none_or(TestOutcome::is_failure)
            && !package.tests.iter().any(|test| test.outcome.is_failure())
    };
    let broken = runs.iter().flat_map(|run| run.suite.packages.values()).filter(is_broken).count();
    let broken = match broken {
        0 => String::new(),
        several => format!("{} without a result, ", counted(several, "package")),
    };
    let cut_off = match cut_off {
        0 => String::new(),
        several => format!(", {several} cut off"),
    };
    let passed = counted(passed, "test");
    format!("{broken}{passed} passed, {failed} failed{cut_off}, {skipped} skipped ({layers})")
}

/// Packages that failed without a failed test and for the same reason: one file that does not compile fails the build of all
/// importers.
struct Shared<'a> {
    outcome: TestOutcome,
    detail: String,
    packages: Vec<&'a str>,
}

/// A note about what is left out for very many failed tests; `more` of them have no finding. Empty if nothing is.
fn cut_short(run: &LayerRun, more: usize) -> String {
    let layer = &run.layer.name;
    let mut parts = Vec::new();
    if more > 0 {
        parts.push(format!("{} are listed only in the JUnit XML", counted(more, "failed test")));
    }
    if run.suite.room.cut > 0 {
        let tests = counted(run.suite.room.cut, "failed test");
        parts.push(format!(
            "the output of {tests} was dropped because the limit for the whole layer was reached"
        ));
    }
    if parts.is_empty() { String::new() } else { format!("{layer}: {}", parts.join("; ")) }
}

/// Adds the findings of a run up to the limit; returns the number of tests without one.
fn findings(
    run: &LayerRun,
    modules: &Places,
    failures: &mut Vec<Finding>,
    flaky: &mut Vec<Finding>,
) -> usize {
    let mut more = 0;
    let layer = &run.layer.name;
    let finding = |level, rule: &str, title: String, detail: &str, package: &str| {
        let found = Finding::new(level, rule, title).detail(what_matters(detail));
        found.at(modules.locate(package, detail))
    };
    let mut shared: Vec<Shared> = Vec::new();
    for (path, package) in &run.suite.packages {
        let outcome = package.outcome.unwrap_or(TestOutcome::Incomplete);
        // A parent test that fails only because of its subtest needs no finding.
        let parents = failed_parents(package);
        let is_parent = |test: &Test| {
            parents.contains(test.name.as_str()) && what_matters(&test.output).is_empty()
        };
        let mut named = false;
        for test in package.tests.iter().filter(|test| !is_parent(test)) {
            let list = if test.outcome.is_failure() { &failures } else { &flaky };
            if list.len() >= FINDINGS
                && (test.outcome.is_failure() || test.outcome == TestOutcome::Flaky)
            {
                named |= test.outcome.is_failure();
                more += 1;
            } else if test.outcome.is_failure() {
                named = true;
                let title = format!("{layer}: {} {} in {path}", test.name, test.outcome.word());
                let is_culprit = package.culprit.as_deref() == Some(test.name.as_str());
                let also = if is_culprit { cut_off(package) } else { String::new() };
                let rule = test.outcome.word();
                let mut told = finding(Level::Error, rule, title, &test.output, path);
                told.detail += &also;
                if let Some(command) = command(&run.layer, &test.name, path) {
                    told.detail += &format!("\nhint: run it alone: `{command}`");
                }
                failures.push(told);
            } else if test.outcome == TestOutcome::Flaky {
                let title = format!("{layer}: {} in {path} passed when run again", test.name);
                flaky.push(finding(Level::Warning, "flaky", title, &test.output, path));
            }
        }
        if outcome.is_failure() && !named {
            let detail = package_detail(run, path, package) + &cut_off(package);
            match shared.iter_mut().find(|other| other.outcome == outcome && other.detail == detail)
            {
                Some(other) => other.packages.push(path),
                None => shared.push(Shared { outcome, detail, packages: vec![path] }),
            }
        }
    }
    for Shared { outcome, detail, packages } in &shared {
        let (first, others) = (packages[0], packages.len() - 1);
        let title = match others {
            0 => format!("{layer}: {first} {}", outcome.word()),
            _ => format!("{layer}: {first} and {others} more {}", outcome.word()),
        };
        failures.push(finding(Level::Error, outcome.word(), title, detail, first));
    }
    for Problem { level, rule, title, detail } in problems(run) {
        let list = if level == Level::Error { &mut *failures } else { &mut *flaky };
        list.push(finding(level, &rule, title, &detail, ""));
    }
    more
}

/// A shell command that runs the test alone. Subtests are included only if their names are plain, because code under test
/// chooses them.
fn command(layer: &ResolvedLayer, test: &str, package: &str) -> Option<String> {
    let is_plain = |text: &str| text.chars().all(|c| c.is_alphanumeric() || "_-./".contains(c));
    let (parent, _) = test.split_once('/').unwrap_or((test, ""));
    let name = if is_plain(test) { test } else { parent };
    if !is_plain(name) || name.contains('.') || !is_plain(package) {
        return None;
    }
    let tags = layer.tags.join(",");
    let tags = if tags.is_empty() { tags } else { format!(" -tags {tags}") };
    let race = if layer.race { " -race" } else { "" };
    let parts: Vec<String> = name.split('/').map(|part| format!("^{part}$")).collect();
    Some(format!("go test{race}{tags} -run '{}' {package}", parts.join("/")))
}

/// Names of tests that have a failed subtest.
fn failed_parents(package: &Package) -> HashSet<&str> {
    let failed = |test: &&Test| test.outcome.is_failure() || test.outcome == TestOutcome::Flaky;
    let mut parents = HashSet::new();
    for test in package.tests.iter().filter(failed) {
        let mut name = test.name.as_str();
        while let Some((parent, _)) = name.rsplit_once('/') {
            // Its parents are already known.
            if !parents.insert(parent) {
                break;
            }
            name = parent;
        }
    }
    parents
}

/// A note about tests without a result because this test ended the process.
fn cut_off(package: &Package) -> String {
    match package.cut_off().as_slice() {
        [] => String::new(),
        names => format!("\nno result because this test ended the process: {}", names.join(", ")),
    }
}

/// The relevant lines, without the marks of test2json and cut in the middle.
fn what_matters(output: &str) -> String {
    let lines: Vec<String> = output
        .lines()
        .filter(|line| !line.trim().is_empty() && !is_of_go(line))
        .map(suite::shown)
        .collect();
    if lines.len() <= DETAIL_LINES {
        return lines.join("\n");
    }
    let half = DETAIL_LINES / 2;
    let cut = lines.len() - DETAIL_LINES;
    let (head, tail) = (lines[..half].join("\n"), lines[lines.len() - half..].join("\n"));
    format!("{head}\n… {cut} lines cut …\n{tail}")
}

/// Whether a line is one that go writes for each test or package, which only repeats the title. A line of the test that
/// begins in the same way is kept.
fn is_of_go(line: &str) -> bool {
    let marks = ["=== RUN   ", "=== PAUSE ", "=== CONT  ", "=== NAME  "];
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_time = |text: &str| {
        let time = text.strip_suffix('s').and_then(|text| text.split_once('.'));
        time.is_some_and(|(whole, part)| is_number(whole) && is_number(part))
    };
    // `    --- FAIL: TestA/b (0.01s)`
    let is_end_of_test = || {
        let rest = line.trim_start_matches(' ');
        let rest =
            ["--- FAIL: ", "--- PASS: ", "--- SKIP: "].iter().find_map(|it| rest.strip_prefix(it));
        let rest = rest.and_then(|rest| rest.strip_suffix(')')?.rsplit_once(" ("));
        rest.is_some_and(|(name, time)| !name.contains(' ') && is_time(time))
    };
    let is_end_of_package = || {
        line == "FAIL"
            || line.strip_prefix("exit status ").is_some_and(is_number)
            || line.strip_prefix("FAIL\t").is_some_and(|rest| {
                let (_, end) = rest.rsplit_once(['\t', ' ']).unwrap_or_default();
                is_time(end) || rest.ends_with("[build failed]") || rest.ends_with("[setup failed]")
            })
    };
    marks.iter().any(|mark| line.starts_with(mark)) || is_end_of_test() || is_end_of_package()
}

fn layers(runs: &[LayerRun]) -> Table {
    let headings = ["layer", "verdict", ">packages", ">reused", ">tests", ">wall (s)", ">CPU (s)"];
    let mut table = Table::new("Layers", headings);
    for run in runs {
        let reused = run.suite.packages.values().filter(|package| package.reused).count();
        let (verdict, cause) = run.verdict();
        table.row([
            run.layer.name.clone(),
            match cause.map(Cause::word).filter(|cause| cause != verdict.word()) {
                Some(cause) => format!("{verdict} ({cause})"),
                None => verdict.to_string(),
            },
            run.suite.packages.len().to_string(),
            reused.to_string(),
            run.tests().count().to_string(),
            format!("{:.2}", run.finished.wall.as_secs_f64()),
            run.finished.cpu.map_or("n/a".to_owned(), |cpu| format!("{:.2}", cpu.as_secs_f64())),
        ]);
    }
    table
}

fn slowest(runs: &[LayerRun]) -> Table {
    let mut table = Table::new("Slowest tests", ["test", "package", ">seconds"]);
    let mut tests: Vec<_> = runs
        .iter()
        .flat_map(|run| &run.suite.packages)
        .filter(|(_, package)| !package.reused)
        .flat_map(|(path, package)| package.tests.iter().map(move |test| (path, test)))
        .filter(|(_, test)| test.elapsed >= 0.01 && !test.name.contains('/'))
        .collect();
    tests.sort_by(|(_, a), (_, b)| {
        b.elapsed.total_cmp(&a.elapsed).then_with(|| a.name.cmp(&b.name))
    });
    for (path, test) in tests.into_iter().take(SLOWEST) {
        table.row([test.name.clone(), path.clone(), format!("{:.2}", test.elapsed)]);
    }
    table
}
