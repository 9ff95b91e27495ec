use crate::outcome::Outcome;
use crate::run::LayerRun;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::time::Duration;

/// All tests of all layers as JUnit XML, one suite per layer and package.
///
/// # Errors
/// The text cannot be written.
pub(crate) fn write(runs: &[LayerRun]) -> Result<String, quick_junit::SerializeError> {
    let mut report = Report::new("go-test");
    for run in runs {
        for (path, package) in &run.suite.packages {
            let mut suite = TestSuite::new(format!("{}: {path}", run.layer.name));
            suite.set_time(seconds(package.elapsed));
            for test in &package.tests {
                let mut case = TestCase::new(&*test.name, status(test.outcome, &test.output));
                case.set_classname(path).set_time(seconds(test.elapsed));
                suite.add_test_case(case);
            }
            let outcome = package.outcome.unwrap_or(Outcome::Incomplete);
            if outcome.is_failure() && !package.tests.iter().any(|test| test.outcome.is_failure()) {
                // A package that fails outside of its tests would otherwise look green.
                let text = package.output.text();
                suite.add_test_case(TestCase::new("(package)", status(outcome, &text)));
            }
            report.add_test_suite(suite);
        }
    }
    report.to_string()
}

fn status(outcome: Outcome, output: &str) -> TestCaseStatus {
    match outcome {
        Outcome::Pass | Outcome::Flaky => TestCaseStatus::success(),
        Outcome::Skip => TestCaseStatus::skipped(),
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
