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
    let (head, foot) = around_suites(&sums(runs))?;
    out.write_all(head.as_bytes())?;
    for suite in suites(runs) {
        let mut alone = Report::new(NAME);
        alone.add_test_suite(suite);
        let text = alone.to_string().map_err(io::Error::other)?;
        let (head, foot) = around_suites(&alone)?;
        let inner = &text[head.len()..text.len() - foot.len()];
        // The library leaves out control characters, but not U+FFFE and U+FFFF.
        out.write_all(robot_render::xml(inner).as_bytes())?;
    }
    out.write_all(foot.as_bytes())
}

/// The head's sums, which are needed before there is a suite.
fn sums(runs: &[LayerRun]) -> Report {
    let mut sums = Report::new(NAME);
    let mut count = |outcome: Outcome| {
        sums.tests += 1;
        sums.failures += usize::from(outcome == Outcome::Fail);
        sums.errors += usize::from(outcome.is_failure() && outcome != Outcome::Fail);
    };
    for run in runs {
        for package in run.suite.packages.values() {
            package.tests.iter().for_each(|test| count(test.outcome));
            package_case(package).into_iter().for_each(&mut count);
        }
        let of_layer = of_layer(run).map(|_| Outcome::Incomplete);
        of_layer.into_iter().for_each(&mut count);
    }
    sums
}

/// The outcome of a package that fails outside of its tests; it would otherwise look green.
fn package_case(package: &Package) -> Option<Outcome> {
    let outcome = package.outcome.unwrap_or(Outcome::Incomplete);
    let has_failed_test = package.tests.iter().any(|test| test.outcome.is_failure());
    (outcome.is_failure() && !has_failed_test).then_some(outcome)
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
    if let Some(outcome) = package_case(package) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::Suite;
    use crate::input;
    use robot_contract::{Action as _, Provenance};
    use robot_golang::test2json::Reader;

    /// What a layer's `go test` said.
    fn run(stream: &str) -> LayerRun {
        let mut suite = Suite::default();
        let mut reader = Reader::new(stream.as_bytes());
        while let Some(line) = reader.next_line().unwrap() {
            suite.take(&line);
        }
        suite.finish();
        let layer = input::resolve(&crate::GoTest::defaults(), &Provenance::default()).remove(0);
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
            event("p", "", "fail"),
            // Outside of its tests, and in the middle of one.
            event("q", a, "run"),
            event("q", a, "pass"),
            event("q", "", "fail"),
            event("r", a, "run"),
        ];
        for runs in [vec![run(&stream.concat())], vec![run("")], vec![]] {
            let sums = sums(&runs);
            let suites: Vec<_> = suites(&runs).collect();
            let of = |count: fn(&TestSuite) -> usize| suites.iter().map(count).sum::<usize>();
            assert_eq!(sums.tests, of(|suite| suite.tests));
            assert_eq!(sums.failures, of(|suite| suite.failures));
            assert_eq!(sums.errors, of(|suite| suite.errors));
            // And it is what quick-junit makes of all at once.
            let mut whole = Report::new(NAME);
            whole.add_test_suites(suites);
            let mut written = Vec::new();
            write(&runs, &mut written).unwrap();
            assert_eq!(String::from_utf8(written).unwrap(), whole.to_string().unwrap());
        }
    }
}
