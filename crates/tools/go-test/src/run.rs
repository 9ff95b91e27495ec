//! Runs one layer: services, `go test`, reruns.

use crate::fold::{Package, Suite};
use crate::input::ResolvedLayer;
use crate::outcome::Outcome;
use crate::service::Services;
use crate::untested::{self, Untested};
use robot_contract::{Context, Failure};
use robot_golang::test2json::Reader;
use robot_model::{FailureRecord, Verdict};
use robot_process::{Command, Finished};
use std::path::{Path, PathBuf};

/// What one layer came to.
pub(crate) struct LayerRun {
    pub(crate) layer: ResolvedLayer,
    pub(crate) suite: Suite,
    /// The line that was run.
    pub(crate) line: String,
    /// How `go test` ended; default when it did not start.
    pub(crate) finished: Finished,
    /// Why it did not start.
    pub(crate) setup: Option<FailureRecord>,
    /// Where its cover profile is, when one was asked for.
    pub(crate) profile: Option<PathBuf>,
}

/// How tests are run, for all layers.
pub(crate) struct Plan<'a> {
    pub(crate) coverage: bool,
    pub(crate) reruns: u32,
    pub(crate) rerun_limit: usize,
    pub(crate) folder: &'a Path,
}

impl LayerRun {
    /// The verdict and its cause. Non-zero exits and missing evidence are never green.
    pub(crate) fn verdict(&self) -> (Verdict, &'static str) {
        if self.finished.cancelled {
            return (Verdict::Inconclusive, "interrupted");
        }
        if self.setup.is_some() {
            return (Verdict::Fail, Outcome::SetupFail.word());
        }
        let outcome = self.suite.outcome();
        match outcome {
            Some(outcome) if outcome.is_failure() => (Verdict::Fail, outcome.word()),
            // Reruns may have mended what the exit code of the first run says.
            Some(Outcome::Flaky) => (Verdict::Warn, Outcome::Flaky.word()),
            _ if !self.finished.success() => (Verdict::Fail, "unexplained-exit"),
            Some(_) if self.tests().next().is_some() => (Verdict::Pass, "pass"),
            _ => (Verdict::Inconclusive, "no-tests"),
        }
    }

    /// `(import path, test)` of all ended tests.
    pub(crate) fn tests(&self) -> impl Iterator<Item = (&str, &crate::fold::Test)> {
        self.suite
            .packages
            .iter()
            .flat_map(|(path, package)| package.tests.iter().map(move |test| (path.as_str(), test)))
    }
}

/// Runs a layer. Only a defect of ours or a missing `go` is an error: everything else is evidence.
pub(crate) fn run(
    layer: ResolvedLayer,
    plan: &Plan<'_>,
    context: &Context,
) -> Result<LayerRun, Failure> {
    let profile = plan.coverage.then(|| plan.folder.join(format!("{}.coverprofile", layer.name)));
    if let Some(profile) = &profile {
        // An earlier run's profile must not pass for this one's.
        let _ = fs_err::remove_file(profile);
    }
    let packages = robot_go_command::patterns(context, &layer.packages);
    let untested = match profile {
        Some(_) => untested::look_up(&layer, &packages, context),
        None => Untested::default(),
    };
    let packages = if untested.tested.is_empty() { &packages } else { &untested.tested };
    let command = go_test(&layer, context, &arguments(&layer, profile.as_deref()), packages);
    let mut run = LayerRun {
        suite: Suite::default(),
        line: command.to_string(),
        finished: Finished::default(),
        setup: None,
        profile,
        layer,
    };
    let services = match Services::start(&run.layer, context, plan.folder) {
        Ok(services) => services,
        Err(failure) => {
            run.finished.cancelled = context.cancellation.is_cancelled();
            run.setup = Some(failure.record().clone());
            return Ok(run);
        }
    };
    (run.suite, run.finished) = execute(&command, context)?;
    if let Some(profile) = run.profile.clone() {
        let made = run_untested(&mut run, &untested.unknown(), context)?;
        untested.complete(&mut run.suite, &profile, made.as_deref());
    }
    for _ in 0..plan.reruns {
        if context.cancellation.is_cancelled() || !rerun(&mut run, plan, context)? {
            break;
        }
    }
    services.stop();
    Ok(run)
}

fn arguments(layer: &ResolvedLayer, profile: Option<&Path>) -> Vec<String> {
    let mut arguments = vec!["-timeout".to_owned(), layer.timeout.clone()];
    if let Some(profile) = profile {
        arguments.push("-covermode=atomic".to_owned());
        arguments.push(format!("-coverprofile={}", profile.display()));
    }
    arguments.extend(layer.count.map(|count| format!("-count={count}")));
    arguments
}

/// Packages without tests, of which nothing is known from an earlier run: that they compile, and
/// their part of the profile. Gives the profile of a run that succeeded.
fn run_untested(
    run: &mut LayerRun,
    packages: &[String],
    context: &Context,
) -> Result<Option<PathBuf>, Failure> {
    let Some(profile) = run.profile.as_ref().filter(|_| !packages.is_empty()) else {
        return Ok(None);
    };
    if context.cancellation.is_cancelled() {
        return Ok(None);
    }
    let profile = profile.with_extension("untested.coverprofile");
    let _ = fs_err::remove_file(&profile);
    let command = go_test(&run.layer, context, &arguments(&run.layer, Some(&profile)), packages);
    let (suite, finished) = execute(&command, context)?;
    let succeeded = finished.success();
    run.suite.absorb(suite);
    run.finished.wall += finished.wall;
    run.finished.cpu = run.finished.cpu.zip(finished.cpu).map(|(first, second)| first + second);
    if !succeeded {
        run.finished.stderr.extend_from_slice(&finished.stderr);
        run.finished = Finished {
            wall: run.finished.wall,
            cpu: run.finished.cpu,
            stderr: std::mem::take(&mut run.finished.stderr),
            ..finished
        };
    }
    Ok(succeeded.then_some(profile))
}

fn go_test(
    layer: &ResolvedLayer,
    context: &Context,
    arguments: &[String],
    packages: &[String],
) -> Command {
    let mut command = robot_go_command::go(context, "test", &layer.tags).arg("-json");
    if layer.race {
        command = command.arg("-race");
    }
    for (name, value) in &layer.env {
        command = command.env(name, value);
    }
    command.args(arguments).args(packages)
}

fn execute(command: &Command, context: &Context) -> Result<(Suite, Finished), Failure> {
    let mut suite = Suite::default();
    let finished = command
        .read_stdout(&context.cancellation, &mut |stdout| {
            let mut reader = Reader::new(stdout);
            while let Some(line) = reader.next_line()? {
                suite.take(&line);
            }
            Ok(())
        })
        .map_err(|error| robot_go_command::not_started(&error))?;
    suite.finish();
    Ok((suite, finished))
}

/// Runs what failed once more; says whether there was anything to run.
fn rerun(run: &mut LayerRun, plan: &Plan<'_>, context: &Context) -> Result<bool, Failure> {
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
        let passed = finished.success()
            && suite.packages.get(&path).is_some_and(|package| {
                package.outcome == Some(Outcome::Pass)
                    && tests.iter().all(|name| package.tests.iter().any(|test| test.name == *name))
            });
        if let Some(package) = run.suite.packages.get_mut(&path).filter(|_| passed) {
            forgive(package);
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

fn forgive(package: &mut Package) {
    package.outcome = Some(Outcome::Flaky);
    for test in package.tests.iter_mut().filter(|test| test.outcome.is_failure()) {
        test.outcome = Outcome::Flaky;
    }
}
