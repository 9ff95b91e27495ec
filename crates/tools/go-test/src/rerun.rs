//! Runs failed packages again, and checks whether flaky tests explain all failures.
//!
//! A package is run again as a whole. Running only its failed tests would prove too little: `-failfast` prevents tests from
//! starting, `TestMain` checks for leaks only after a pass, and tests may be skipped because another failed.

use crate::attempt::{Plan, arguments, test};
use crate::layer_run::LayerRun;
use crate::toolchain;
use crate::untested::part;
use robot_contract::{Context, Failure, write_atomically};
use robot_golang::suite::Package;
use robot_golang::suite::TestOutcome;
use std::path::Path;

/// Runs each failed package once more; returns whether there was anything to run.
pub(crate) fn rerun(
    run: &mut LayerRun,
    plan: &Plan<'_>,
    context: &Context,
) -> Result<bool, Failure> {
    let failed = run.suite.packages.iter().filter(|(_, package)| can_be_rerun(package));
    let again: Vec<String> = failed.clone().map(|(path, _)| path.clone()).collect();
    let tests: usize = failed.map(|(_, package)| package.failed_top_level().len().max(1)).sum();
    if tests == 0 || tests > plan.rerun_limit {
        return Ok(false);
    }
    for path in again {
        let profile =
            run.profile.as_ref().map(|profile| profile.with_extension("rerun.coverprofile"));
        if let Some(profile) = &profile {
            // The profile of the previous package must not be mistaken for this one's.
            let _ = fs_err::remove_file(profile);
        }
        let arguments = arguments(&run.layer, profile.as_deref());
        // Not with `-count=1`: the tests would see a flag that they did not have the first time.
        let ran = test(run, plan, arguments, std::slice::from_ref(&path), context)?;
        let (suite, finished) = (ran.suite, ran.finished);
        let passed = suite.packages.get(&path).filter(|_| finished.success());
        let Some(package) = run.suite.packages.get_mut(&path) else { continue };
        let Some(passed) = passed.filter(|passed| package.is_proven_by(passed)) else { continue };
        package.forgive(passed);
        if let (Some(layer), Some(rerun)) = (&run.profile, &profile) {
            let is_its_own = !run.toolchain.measures_other_packages();
            replace_part(layer, rerun, &path, is_its_own);
        }
    }
    Ok(true)
}

/// Whether another run could have another result.
fn can_be_rerun(package: &Package) -> bool {
    use TestOutcome::{Fail, Fatal, Incomplete, Panic, Race};
    matches!(package.outcome, Some(Fail | Race | Panic | Fatal | Incomplete))
}

/// Replaces the coverage of the failed run by that of the passing one, because a process that panics writes no profile. A
/// profile that cannot be completed is removed, and is then reported as missing.
fn replace_part(layer: &Path, rerun: &Path, import_path: &str, is_its_own: bool) {
    let replaced = (|| {
        let before = fs_err::read_to_string(layer).unwrap_or_default();
        let measured = fs_err::read_to_string(rerun)?;
        let lines = measured.lines().skip(usize::from(!before.is_empty()));
        let old = if is_its_own { part(&before, import_path) } else { String::new() };
        let old: std::collections::HashSet<&str> = old.lines().collect();
        let kept = before.lines().filter(|line| !old.contains(line));
        let text: String = kept.chain(lines).map(|line| format!("{line}\n")).collect();
        write_atomically(layer, text.as_bytes())
    })();
    if replaced.is_err() {
        let _ = fs_err::remove_file(layer);
    }
}

/// A failure that flaky tests do not explain: an exit of `go test` for another reason than failed tests, or a package without
/// its end.
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
        return Ok(Some(format!("`go test` did not report how {path} ended")));
    }
    let list = toolchain::command(&run.layer, context, "list").args(patterns);
    let listed = robot_go_command::run(&list, context)?;
    if let Some(errors) = robot_go_command::errors(&listed) {
        return Ok(Some(format!("go cannot list the packages: {errors}")));
    }
    let listed = String::from_utf8_lossy(&listed.stdout);
    let missing = listed.lines().find(|path| !run.suite.packages.contains_key(*path));
    Ok(missing.map(|path| format!("`go test` did not report any result of {path}")))
}
