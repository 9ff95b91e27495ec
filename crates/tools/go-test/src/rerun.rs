//! Runs what failed once more, and asks whether that explains all that went wrong.

use crate::outcome::Outcome;
use crate::package::Package;
use crate::run::{LayerRun, Plan, execute, go_test};
use crate::toolchain;
use robot_contract::{Context, Failure};

/// Runs what failed once more; says whether there was anything to run.
pub(crate) fn rerun(
    run: &mut LayerRun,
    plan: &Plan<'_>,
    context: &Context,
) -> Result<bool, Failure> {
    let again: Vec<(String, Vec<String>)> = run
        .suite
        .packages
        .iter()
        .filter_map(|(path, package)| Some((path.clone(), to_rerun(package)?)))
        .collect();
    let failed: usize = again.iter().map(|(_, tests)| tests.len().max(1)).sum();
    if failed == 0 || failed > plan.rerun_limit {
        return Ok(false);
    }
    for (path, tests) in again {
        let mut arguments =
            vec!["-count=1".to_owned(), "-timeout".to_owned(), run.layer.timeout.clone()];
        if !tests.is_empty() {
            arguments.push(format!("-run=^({})$", tests.join("|")));
        }
        let command = go_test(&run.layer, context, &arguments, std::slice::from_ref(&path));
        let (suite, finished) = execute(&command, context)?;
        let has_passed = |package: &&Package| {
            package.outcome == Some(Outcome::Pass)
                && tests.iter().all(|name| package.tests.iter().any(|test| test.name == *name))
        };
        let passed = suite.packages.get(&path).filter(has_passed).filter(|_| finished.success());
        if let (Some(package), Some(passed)) = (run.suite.packages.get_mut(&path), passed) {
            package.forgive(passed);
        }
    }
    Ok(true)
}

/// The top-level tests to run again; empty for the whole package; `None` when a rerun cannot help.
fn to_rerun(package: &Package) -> Option<Vec<String>> {
    match package.outcome? {
        Outcome::Fail => {
            let failed = package.failed_top_level();
            Some(failed.into_iter().map(str::to_owned).collect())
        }
        // The process broke off: which tests would have run after it is not known.
        Outcome::Race | Outcome::Panic | Outcome::Fatal | Outcome::Incomplete => Some(Vec::new()),
        _ => None,
    }
}

/// What failed tests that passed when run again do not explain: another end of `go test` than that
/// of failed tests, a package without its end.
pub(crate) fn unaccounted(
    run: &LayerRun,
    patterns: &[String],
    context: &Context,
) -> Result<Option<String>, Failure> {
    if run.finished.code != Some(1) {
        return Ok(Some(format!("`go test` ended with {}", run.finished.status())));
    }
    let open = run.suite.packages.iter().find(|(_, package)| !package.is_closed);
    if let Some((path, _)) = open {
        return Ok(Some(format!("`go test` did not say how {path} ended")));
    }
    let list = toolchain::command(&run.layer, context, "list").args(patterns);
    let listed = robot_go_command::run(&list, context)?;
    if let Some(errors) = robot_go_command::errors(&listed) {
        return Ok(Some(format!("go cannot list the packages: {errors}")));
    }
    let listed = String::from_utf8_lossy(&listed.stdout);
    let missing = listed.lines().find(|path| !run.suite.packages.contains_key(*path));
    Ok(missing.map(|path| format!("`go test` did not say anything of {path}")))
}
