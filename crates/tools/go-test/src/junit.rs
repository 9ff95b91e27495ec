//! Writes JUnit XML in batches of cases, so that a report of all tests does not have to fit into memory.

use crate::cause::Cause;
use crate::layer_run::LayerRun;
use crate::problem::{package_detail, problems};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestRerun, TestSuite};
use robot_contract::Cause as _;
use robot_golang::suite::TestOutcome;
use robot_golang::suite::{Package, Test};
use std::io::{self, Write};
use std::time::Duration;

const NAME: &str = "go-test";
/// Number of cases in memory at the same time.
const CASES: usize = 500;

/// All tests of all layers, with one suite per layer and package. A layer that does not pass has at least one failed case, so
/// that the file alone never looks like a pass.
///
/// # Errors
/// It cannot be written.
pub(crate) fn write(runs: &[LayerRun], out: &mut impl Write) -> io::Result<()> {
    let (head, foot) = around_suites(&sums(runs))?;
    out.write_all(head.as_bytes())?;
    for run in runs {
        for (path, package) in &run.suite.packages {
            write_package(run, path, package, out)?;
        }
        if let Some(suite) = of_layer(run) {
            let (head, foot) = around_cases(&suite)?;
            write_cases(head.as_bytes(), suite, out)?;
            out.write_all(foot.as_bytes())?;
        }
    }
    out.write_all(foot.as_bytes())
}

fn write_package(
    run: &LayerRun,
    path: &str,
    package: &Package,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut whole = TestSuite::new(format!("{}: {path}", run.layer.name));
    whole.set_time(seconds(package.elapsed));
    let of_package = package_case(package);
    let outcomes = package.tests.iter().map(|test| test.outcome).chain(of_package);
    let sums = Sums::of(outcomes);
    (whole.tests, whole.skipped) = (sums.tests, sums.skipped);
    (whole.failures, whole.errors) = (sums.failures, sums.errors);
    let (head, foot) = around_cases(&whole)?;
    let mut head = head.as_bytes();
    for tests in package.tests.chunks(CASES) {
        let mut some = TestSuite::new("");
        some.add_test_cases(tests.iter().map(|test| case(path, package, test)));
        write_cases(std::mem::take(&mut head), some, out)?;
    }
    let mut last = TestSuite::new("");
    if let Some(outcome) = of_package {
        let text = package_detail(run, path, package);
        last.add_test_case(TestCase::new("(package)", status(outcome, &text)));
    }
    write_cases(head, last, out)?;
    out.write_all(foot.as_bytes())
}

/// Only the cases of a suite, after `head`.
fn write_cases(head: &[u8], suite: TestSuite, out: &mut impl Write) -> io::Result<()> {
    out.write_all(head)?;
    if suite.test_cases.is_empty() {
        return Ok(());
    }
    let (before, behind) = around_cases(&suite)?;
    let mut alone = Report::new(NAME);
    alone.add_test_suite(suite);
    let text = alone.to_string().map_err(io::Error::other)?;
    let (report_head, report_foot) = around_suites(&sums_of(&alone))?;
    let inner = &text[report_head.len()..text.len() - report_foot.len()];
    let inner = &inner[before.len()..inner.len() - behind.len()];
    // The library removes control characters, but not U+FFFE and U+FFFF.
    out.write_all(robot_render::xml(inner).as_bytes())
}

/// The counts in the head of a report or a suite.
#[derive(Default)]
struct Sums {
    tests: usize,
    skipped: usize,
    failures: usize,
    errors: usize,
}

impl Sums {
    fn of(outcomes: impl Iterator<Item = TestOutcome>) -> Self {
        outcomes.fold(Self::default(), |sums, outcome| Self {
            tests: sums.tests + 1,
            skipped: sums.skipped
                + usize::from(matches!(outcome, TestOutcome::Skip | TestOutcome::CutOff)),
            failures: sums.failures + usize::from(outcome == TestOutcome::Fail),
            errors: sums.errors
                + usize::from(is_failed_case(outcome) && outcome != TestOutcome::Fail),
        })
    }
}

/// Whether its case counts as a failure.
const fn is_failed_case(outcome: TestOutcome) -> bool {
    !matches!(
        outcome,
        TestOutcome::Pass | TestOutcome::Flaky | TestOutcome::Skip | TestOutcome::CutOff
    )
}

/// The totals for the head, which are needed before the first suite.
fn sums(runs: &[LayerRun]) -> Sums {
    Sums::of(runs.iter().flat_map(|run| {
        let of_packages = run.suite.packages.values().flat_map(|package| {
            package.tests.iter().map(|test| test.outcome).chain(package_case(package))
        });
        of_packages.chain(of_layer(run).map(|_| TestOutcome::Incomplete))
    }))
}

/// The outcome of a package that fails outside of its tests, which would otherwise look like a pass.
fn package_case(package: &Package) -> Option<TestOutcome> {
    let outcome = package.outcome.unwrap_or(TestOutcome::Incomplete);
    let has_failed_test = package.tests.iter().any(|test| test.outcome.is_failure());
    (outcome.is_failure() && !has_failed_test).then_some(outcome)
}

/// The text before and after the suites of a report with these totals.
fn around_suites(sums: &Sums) -> io::Result<(String, &'static str)> {
    const FOOT: &str = "</testsuites>\n";
    let mut empty = Report::new(NAME);
    (empty.tests, empty.skipped) = (sums.tests, sums.skipped);
    (empty.failures, empty.errors) = (sums.failures, sums.errors);
    let text = empty.to_string().map_err(io::Error::other)?;
    let head = text.strip_suffix(FOOT).ok_or_else(|| io::Error::other("JUnit XML has no end"))?;
    Ok((head.to_owned(), FOOT))
}

fn sums_of(report: &Report) -> Sums {
    let Report { tests, skipped, failures, errors, .. } = *report;
    Sums { tests, skipped, failures, errors }
}

/// The text before and after the cases of a suite.
fn around_cases(suite: &TestSuite) -> io::Result<(String, &'static str)> {
    const FOOT: &str = "    </testsuite>\n";
    let mut one = suite.clone();
    // An empty suite is written without an end.
    one.test_cases = vec![TestCase::new("", TestCaseStatus::success())];
    let mut alone = Report::new(NAME);
    alone.test_suites.push(one);
    let text = alone.to_string().map_err(io::Error::other)?;
    let (report_head, report_foot) = around_suites(&sums_of(&alone))?;
    let text = robot_render::xml(&text[report_head.len()..text.len() - report_foot.len()]);
    let head = text.split_once("<testcase ").filter(|_| text.ends_with(FOOT));
    let (head, _) = head.ok_or_else(|| io::Error::other("a suite has no case, or no end"))?;
    Ok((head.trim_end_matches(' ').to_owned(), FOOT))
}

fn case(path: &str, package: &Package, test: &Test) -> TestCase {
    let mut case = TestCase::new(&*test.name, status(test.outcome, &test.output));
    if test.outcome == TestOutcome::CutOff {
        let by = package.culprit.as_deref().unwrap_or("its package");
        case.status.set_message(format!("no result: {by} ended the process"));
    }
    case.set_classname(path).set_time(seconds(test.elapsed));
    case
}

/// A case for a layer that fails although no package does.
fn of_layer(run: &LayerRun) -> Option<TestSuite> {
    let outcomes = run.suite.packages.values().map(|package| package.outcome);
    let mut outcomes = outcomes.map(|outcome| outcome.unwrap_or(TestOutcome::Incomplete));
    let (verdict, cause) = run.verdict();
    if verdict.is_green() || outcomes.any(TestOutcome::is_failure) {
        return None;
    }
    let problems = problems(run);
    let text: Vec<String> =
        problems.iter().map(|problem| format!("{}\n{}", problem.title, problem.detail)).collect();
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type(cause.map(Cause::word).unwrap_or_default()).set_description(text.join("\n"));
    let mut suite = TestSuite::new(run.layer.name.as_str());
    suite.add_test_case(TestCase::new("(layer)", status));
    Some(suite)
}

fn status(outcome: TestOutcome, output: &str) -> TestCaseStatus {
    match outcome {
        TestOutcome::Pass => TestCaseStatus::success(),
        TestOutcome::Flaky => {
            let mut failed = TestRerun::new(NonSuccessKind::Failure);
            failed.set_type(outcome.word()).set_description(output);
            let mut status = TestCaseStatus::success();
            status.add_rerun(failed);
            status
        }
        TestOutcome::Skip | TestOutcome::CutOff => TestCaseStatus::skipped(),
        failed => {
            let kind = match failed {
                TestOutcome::Fail => NonSuccessKind::Failure,
                _ => NonSuccessKind::Error,
            };
            let mut status = TestCaseStatus::non_success(kind);
            status.set_type(failed.word()).set_description(output);
            status
        }
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use robot_contract::default_settings;
    use robot_golang::suite::Suite;
    use robot_golang::test2json::Reader;

    /// What a layer's `go test` said.
    fn run(stream: &str) -> LayerRun {
        let mut suite = Suite::default();
        let mut reader = Reader::new(stream.as_bytes());
        while let Some(line) = reader.next_line().unwrap() {
            suite.take(&line);
        }
        suite.finish();
        let layer = default_settings::<crate::GoTest>().unwrap().layers.remove(0);
        LayerRun { suite, ..LayerRun::new(layer) }
    }

    #[test]
    fn the_head_has_the_sums_of_its_suites() {
        let event = |package: &str, test: &str, action: &str| {
            format!("{{\"Action\":\"{action}\",\"Package\":\"{package}\"{test}}}\n")
        };
        let (a, b) = (",\"Test\":\"TestA\"", ",\"Test\":\"TestB\"");
        let stream = [
            event("p", a, "run"),
            event("p", a, "pass"),
            event("p", b, "run"),
            event("p", b, "fail"),
            event("p", ",\"Test\":\"TestC\"", "run"),
            event("p", ",\"Test\":\"TestC\"", "skip"),
            event("p", "", "fail"),
            // Outside of its tests, and in the middle of one.
            event("q", a, "run"),
            event("q", a, "pass"),
            event("q", "", "fail"),
            event("r", a, "run"),
        ];
        let many: String = (0..3 * CASES + 1)
            .map(|number| {
                let test = format!(",\"Test\":\"Test{number}\"");
                event("p", &test, "run") + &event("p", &test, "pass")
            })
            .collect();
        for runs in [vec![run(&stream.concat()), run(&many)], vec![run("")], vec![]] {
            let mut written = Vec::new();
            write(&runs, &mut written).unwrap();
            let written = String::from_utf8(written).unwrap();
            let sums = sums(&runs);
            let head = format!(
                "tests=\"{}\" skipped=\"{}\" failures=\"{}\" errors=\"{}\"",
                sums.tests, sums.skipped, sums.failures, sums.errors
            );
            assert!(written.contains(&head), "{head}: {written}");
            assert_eq!(written.matches("<testcase ").count(), sums.tests);
            assert_eq!(written.matches("<skipped").count(), sums.skipped);
            assert_eq!(written.matches("<failure ").count(), sums.failures);
            assert_eq!(written.matches("<error ").count(), sums.errors);
            // And it is what quick-junit makes of all at once.
            let mut whole = Report::new(NAME);
            for run in &runs {
                for (path, package) in &run.suite.packages {
                    let mut suite = TestSuite::new(format!("unit: {path}"));
                    suite.set_time(seconds(package.elapsed));
                    suite
                        .add_test_cases(package.tests.iter().map(|test| case(path, package, test)));
                    if let Some(outcome) = package_case(package) {
                        let text = package_detail(run, path, package);
                        suite.add_test_case(TestCase::new("(package)", status(outcome, &text)));
                    }
                    whole.add_test_suite(suite);
                }
                whole.add_test_suites(of_layer(run));
            }
            assert_eq!(written, whole.to_string().unwrap());
        }
    }
}
