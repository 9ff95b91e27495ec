use crate::outcome::Outcome;
use crate::problem::{package_detail, problems};
use crate::run::LayerRun;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestRerun, TestSuite};
use std::time::Duration;

/// All tests of all layers as JUnit XML, one suite per layer and package. A layer that is not green
/// has at least one case that is not: who reads only this file must not be told that all is well.
///
/// # Errors
/// The text cannot be written.
pub(crate) fn write(runs: &[LayerRun]) -> Result<String, quick_junit::SerializeError> {
    let mut report = Report::new("go-test");
    for run in runs {
        let mut is_told = false;
        for (path, package) in &run.suite.packages {
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
            is_told |= outcome.is_failure();
            report.add_test_suite(suite);
        }
        let (verdict, cause) = run.verdict();
        if !verdict.is_green() && !is_told {
            let mut suite = TestSuite::new(run.layer.name.as_str());
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            let problems = problems(run);
            let text: Vec<String> = problems
                .iter()
                .map(|problem| format!("{}\n{}", problem.title, problem.detail))
                .collect();
            status.set_type(cause).set_description(text.join("\n"));
            suite.add_test_case(TestCase::new("(layer)", status));
            report.add_test_suite(suite);
        }
    }
    report.to_string()
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
