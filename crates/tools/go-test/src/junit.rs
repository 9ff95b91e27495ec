//! JUnit XML, a suite at a time: what a report of all tests weighs is on disk, not in memory.

use crate::outcome::Outcome;
use crate::package::Package;
use crate::problem::{package_detail, problems};
use crate::run::LayerRun;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestRerun, TestSuite};
use std::io::{self, Write};
use std::time::Duration;

const NAME: &str = "go-test";

/// All tests of all layers, one suite per layer and package. A layer that is not green has at least one
/// case that is not: who reads only this file must not be told that all is well.
///
/// # Errors
/// It cannot be written.
pub(crate) fn write(runs: &[LayerRun], out: &mut impl Write) -> io::Result<()> {
    // The head has the sums, so suites are made twice, and only one is there at a time.
    let mut sums = Report::new(NAME);
    for suite in suites(runs) {
        sums.tests += suite.tests;
        sums.failures += suite.failures;
        sums.errors += suite.errors;
    }
    let (head, foot) = around_suites(&sums)?;
    out.write_all(head.as_bytes())?;
    for suite in suites(runs) {
        let mut alone = Report::new(NAME);
        alone.add_test_suite(suite);
        let text = alone.to_string().map_err(io::Error::other)?;
        let (head, foot) = around_suites(&alone)?;
        out.write_all(&text.as_bytes()[head.len()..text.len() - foot.len()])?;
    }
    out.write_all(foot.as_bytes())
}

/// What stands before and behind the suites of a report with these sums.
fn around_suites(report: &Report) -> io::Result<(String, &'static str)> {
    const FOOT: &str = "</testsuites>\n";
    let mut empty = Report::new(NAME);
    (empty.tests, empty.failures, empty.errors) = (report.tests, report.failures, report.errors);
    let text = empty.to_string().map_err(io::Error::other)?;
    let head = text.strip_suffix(FOOT).ok_or_else(|| io::Error::other("JUnit XML has no end"))?;
    Ok((head.to_owned(), FOOT))
}

fn suites(runs: &[LayerRun]) -> impl Iterator<Item = TestSuite> {
    runs.iter().flat_map(|run| {
        let packages = run.suite.packages.iter();
        packages.map(move |(path, package)| of_package(run, path, package)).chain(of_layer(run))
    })
}

fn of_package(run: &LayerRun, path: &str, package: &Package) -> TestSuite {
    let mut suite = TestSuite::new(format!("{}: {path}", run.layer.name));
    suite.set_time(seconds(package.elapsed));
    for test in &package.tests {
        let mut case = TestCase::new(&*test.name, status(test.outcome, &test.output));
        if test.outcome == Outcome::CutOff {
            let by = package.culprit.as_deref().unwrap_or("its package");
            case.status.set_message(format!("cut off by {by}, so without a result"));
        }
        case.set_classname(path).set_time(seconds(test.elapsed));
        suite.add_test_case(case);
    }
    let outcome = package.outcome.unwrap_or(Outcome::Incomplete);
    let has_failed_test = package.tests.iter().any(|test| test.outcome.is_failure());
    if outcome.is_failure() && !has_failed_test {
        // A package that fails outside of its tests would otherwise look green.
        let text = package_detail(run, path, package);
        suite.add_test_case(TestCase::new("(package)", status(outcome, &text)));
    }
    suite
}

/// What no package says of a layer that is not green.
fn of_layer(run: &LayerRun) -> Option<TestSuite> {
    let outcomes = run.suite.packages.values().map(|package| package.outcome);
    let mut outcomes = outcomes.map(|outcome| outcome.unwrap_or(Outcome::Incomplete));
    let (verdict, cause) = run.verdict();
    if verdict.is_green() || outcomes.any(Outcome::is_failure) {
        return None;
    }
    let problems = problems(run);
    let text: Vec<String> =
        problems.iter().map(|problem| format!("{}\n{}", problem.title, problem.detail)).collect();
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type(cause).set_description(text.join("\n"));
    let mut suite = TestSuite::new(run.layer.name.as_str());
    suite.add_test_case(TestCase::new("(layer)", status));
    Some(suite)
}

fn status(outcome: Outcome, output: &str) -> TestCaseStatus {
    match outcome {
        Outcome::Pass => TestCaseStatus::success(),
        Outcome::Flaky => {
            let mut failed = TestRerun::new(NonSuccessKind::Failure);
            failed.set_type(outcome.word()).set_description(output);
            let mut status = TestCaseStatus::success();
            status.add_rerun(failed);
            status
        }
        Outcome::Skip | Outcome::CutOff => TestCaseStatus::skipped(),
        failed => {
            let kind = match failed {
                Outcome::Fail => NonSuccessKind::Failure,
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
