//! Runs one layer: services, `go test`, what is to be run again.

use crate::blind::{self, Blind};
use crate::fold::Suite;
use crate::input::ResolvedLayer;
use crate::outcome::Outcome;
use crate::package::{Package, Test};
use crate::rerun;
use crate::service::Services;
use crate::toolchain::{self, Toolchain};
use crate::untested::{self, Untested};
use robot_contract::{Context, Failure};
use robot_golang::test2json::{LINE_CAP, Reader};
use robot_model::{FailureRecord, Verdict, counted};
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
    /// What go says of itself.
    pub(crate) toolchain: Toolchain,
    /// Packages whose results are never repeated, and why.
    pub(crate) blind: Blind,
    /// What is missing though every failure that was seen passed when run again.
    pub(crate) unaccounted: Option<String>,
    /// A service that did not outlive the tests, and what its end means.
    pub(crate) gone: Option<(Verdict, FailureRecord)>,
}

/// How tests are run, for all layers.
pub(crate) struct Plan<'a> {
    pub(crate) coverage: bool,
    pub(crate) reruns: u32,
    pub(crate) rerun_limit: usize,
    pub(crate) folder: &'a Path,
}

impl LayerRun {
    /// A layer of which nothing is known yet.
    pub(crate) fn new(layer: ResolvedLayer) -> Self {
        Self {
            layer,
            suite: Suite::default(),
            line: String::new(),
            finished: Finished::default(),
            setup: None,
            profile: None,
            toolchain: Toolchain::default(),
            blind: Blind::new(),
            unaccounted: None,
            gone: None,
        }
    }

    /// The verdict and its cause. Non-zero exits and missing evidence are never green.
    pub(crate) fn verdict(&self) -> (Verdict, &'static str) {
        if self.finished.cancelled {
            return (Verdict::Inconclusive, "interrupted");
        }
        if self.setup.is_some() {
            return (Verdict::Fail, Outcome::SetupFail.word());
        }
        let outcome = self.suite.outcome();
        let (verdict, cause) = match outcome {
            Some(outcome) if outcome.is_failure() => (Verdict::Fail, outcome.word()),
            _ if self.unaccounted.is_some() => (Verdict::Fail, "unexplained-exit"),
            // Reruns have mended what the exit code of the first run says.
            Some(Outcome::Flaky) => (Verdict::Warn, Outcome::Flaky.word()),
            _ if self.layer.is_implied && self.has_nothing_to_run() => {
                (Verdict::Skipped, "no-tests")
            }
            _ if !self.finished.success() => (Verdict::Fail, "unexplained-exit"),
            Some(_) if self.all_skipped() => (Verdict::Warn, "all-skipped"),
            Some(_) if self.tests().next().is_some() => match self.packages_without_a_test().next()
            {
                Some(_) => (Verdict::Warn, "no-test-ran"),
                None => (Verdict::Pass, "pass"),
            },
            _ => (Verdict::Inconclusive, "no-tests"),
        };
        match &self.gone {
            // What was tested is not known when what it was tested with broke down.
            Some((gone, _)) if *gone > verdict => (*gone, "service-gone"),
            _ => (verdict, cause),
        }
    }

    /// Go found no tests, or not even a package.
    fn has_nothing_to_run(&self) -> bool {
        let stderr = String::from_utf8_lossy(&self.finished.stderr);
        let has_no_package =
            self.suite.packages.is_empty() && stderr.contains("no packages to test");
        self.tests().next().is_none() && (self.finished.success() || has_no_package)
    }

    /// There are tests, and each skipped itself: nothing was tested.
    pub(crate) fn all_skipped(&self) -> bool {
        let mut tests = self.tests().peekable();
        tests.peek().is_some() && tests.all(|(_, test)| test.outcome == Outcome::Skip)
    }

    /// Import paths of packages that ran and are not in a profile: it does not say what is covered.
    pub(crate) fn unmeasured(&self, profile: &str) -> impl Iterator<Item = &str> {
        let broke_off = |package: &Package| {
            package.outcome.is_some_and(|outcome| outcome.is_failure() && outcome != Outcome::Fail)
        };
        let is_missing = move |(path, package): &(&String, &Package)| {
            package.ran_nothing() || broke_off(package) && untested::part(profile, path).is_empty()
        };
        self.suite.packages.iter().filter(is_missing).map(|(path, _)| path.as_str())
    }

    /// Import paths of packages that passed though their process ended before any test ran.
    pub(crate) fn packages_without_a_test(&self) -> impl Iterator<Item = &str> {
        let silent = self.suite.packages.iter().filter(|(_, package)| package.ran_nothing());
        silent.map(|(path, _)| path.as_str())
    }

    /// `(import path, test)` of all ended tests.
    pub(crate) fn tests(&self) -> impl Iterator<Item = (&str, &Test)> {
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
    context: &mut Context,
) -> Result<LayerRun, Failure> {
    let mut run = LayerRun::new(layer);
    run.profile =
        plan.coverage.then(|| plan.folder.join(format!("{}.coverprofile", run.layer.name)));
    if let Some(profile) = &run.profile {
        // An earlier run's profile must not pass for this one's.
        let _ = fs_err::remove_file(profile);
    }
    run.toolchain = Toolchain::ask(&run.layer, context)?;
    if run.layer.race && run.toolchain.lacks_cgo() {
        let failure = Failure::external("the race detector needs cgo, and CGO_ENABLED is 0 for go")
            .hint(format!(
                "install a C compiler, or set `race: false` for layer `{}`",
                run.layer.name
            ));
        run.setup = Some(failure.record().clone());
        return Ok(run);
    }
    let patterns = robot_go_command::patterns(context, &run.layer.packages);
    let listed = untested::list(&run.layer, &patterns, context);
    let untested = match (&listed, &run.profile) {
        (Some(listed), Some(_)) => untested::look_up(listed, &run.layer, &run.toolchain, context),
        _ => Untested::default(),
    };
    run.blind = listed.as_deref().map(|listed| blind::find(listed, &run.layer)).unwrap_or_default();
    let mut arguments = arguments(&run.layer, run.profile.as_deref());
    let mut packages =
        if untested.tested.is_empty() { patterns.clone() } else { untested.tested.clone() };
    let mut blind: Vec<String> = Vec::new();
    if listed.is_none() || run.blind.is_empty() {
        // Nothing is believed of packages that nobody knows.
        arguments.extend(run.toolchain.uncaching_argument(&run.layer).filter(|_| listed.is_none()));
    } else {
        let tested = listed.iter().flatten().filter(|package| untested::is_listed(package));
        let all: Vec<String> = tested.map(|package| package.import_path.clone()).collect();
        let all = if untested.tested.is_empty() { all } else { packages };
        (blind, packages) = all.into_iter().partition(|path| run.blind.contains_key(path));
        if packages.is_empty() {
            arguments.extend(run.toolchain.uncaching_argument(&run.layer));
            packages = std::mem::take(&mut blind);
        }
    }
    let command = go_test(&run.layer, context, &arguments, &packages);
    run.line = command.to_string();
    let mut services = match Services::start(&run.layer, context, plan.folder) {
        Ok(services) => services,
        Err(failure) => {
            run.finished.cancelled = context.cancellation.is_cancelled();
            run.setup = Some(failure.record().clone());
            return Ok(run);
        }
    };
    (run.suite, run.finished) = execute(&command, context)?;
    let uncaching = run.toolchain.uncaching_argument(&run.layer);
    let measured = run_beside(&mut run, "blind", &blind, uncaching, context)?;
    if let (Some(profile), false) = (run.profile.clone(), blind.is_empty()) {
        join_profiles(&profile, measured.profile.as_deref());
    }
    if let Some(profile) = run.profile.clone() {
        let made = run_beside(&mut run, "untested", &untested.unknown(), None, context)?;
        let made = made.profile.filter(|_| made.succeeded);
        untested.complete(&mut run.suite, &profile, made.as_deref());
    }
    for _ in 0..plan.reruns {
        if context.cancellation.is_cancelled() || !rerun::rerun(&mut run, plan, context)? {
            break;
        }
    }
    if run.suite.outcome() == Some(Outcome::Flaky) {
        run.unaccounted = rerun::unaccounted(&run, &patterns, context)?;
    }
    if context.cancellation.is_cancelled() {
        // The runner kills soon: first the result, then the services.
        context.stop_after_result(services.into_children());
        return Ok(run);
    }
    run.gone = services.gone().map(|(ended_well, failure)| {
        let verdict = if ended_well { Verdict::Warn } else { Verdict::Fail };
        (verdict, failure.record().clone())
    });
    services.stop();
    Ok(run)
}

pub(crate) fn arguments(layer: &ResolvedLayer, profile: Option<&Path>) -> Vec<String> {
    let mut arguments = vec!["-timeout".to_owned(), layer.timeout.clone()];
    if let Some(profile) = profile {
        arguments.push("-covermode=atomic".to_owned());
        arguments.push(format!("-coverprofile={}", profile.display()));
    }
    arguments.extend(layer.count.map(|count| format!("-count={count}")));
    arguments
}

/// Appends what other packages of the layer measured; without it the profile is missed as a whole.
fn join_profiles(layer: &Path, beside: Option<&Path>) {
    let joined = (|| {
        let measured = fs_err::read_to_string(beside?).ok()?;
        let text = fs_err::read_to_string(layer).ok()?;
        let lines = measured.lines().skip(1).map(|line| format!("{line}\n"));
        robot_contract::write_atomically(layer, (text + &lines.collect::<String>()).as_bytes()).ok()
    })();
    if joined.is_none() {
        let _ = fs_err::remove_file(layer);
    }
}

/// What packages that ran apart from the others left.
#[derive(Default)]
struct Beside {
    /// The cover profile, if go wrote one.
    profile: Option<PathBuf>,
    succeeded: bool,
}

/// Runs packages of the layer apart from the others: those without tests of which nothing is known from
/// an earlier run, and those whose results must not be repeated.
fn run_beside(
    run: &mut LayerRun,
    name: &str,
    packages: &[String],
    more: Option<String>,
    context: &Context,
) -> Result<Beside, Failure> {
    if packages.is_empty() || context.cancellation.is_cancelled() {
        return Ok(Beside::default());
    }
    let profile =
        run.profile.as_ref().map(|profile| profile.with_extension(format!("{name}.coverprofile")));
    if let Some(profile) = &profile {
        let _ = fs_err::remove_file(profile);
    }
    let mut arguments = arguments(&run.layer, profile.as_deref());
    arguments.extend(more);
    let command = go_test(&run.layer, context, &arguments, packages);
    let (suite, finished) = execute(&command, context)?;
    let succeeded = finished.success();
    run.suite.absorb(suite);
    run.finished.wall += finished.wall;
    run.finished.cpu = run.finished.cpu.zip(finished.cpu).map(|(first, second)| first + second);
    if !succeeded {
        run.finished.stderr.extend_from_slice(&finished.stderr);
    }
    // An end that failed tests explain must not hide one that they do not.
    if run.finished.success() || (!succeeded && finished.code != Some(1)) {
        run.finished = Finished {
            wall: run.finished.wall,
            cpu: run.finished.cpu,
            stderr: std::mem::take(&mut run.finished.stderr),
            ..finished
        };
    }
    // Go writes the profile of tests that failed as well, which a rerun replaces.
    Ok(Beside { profile: profile.filter(|profile| profile.is_file()), succeeded })
}

pub(crate) fn go_test(
    layer: &ResolvedLayer,
    context: &Context,
    arguments: &[String],
    packages: &[String],
) -> Command {
    let command = toolchain::command(layer, context, "test").arg("-json");
    let command = if layer.race { command.arg("-race") } else { command };
    command.args(arguments).args(packages)
}

pub(crate) fn execute(command: &Command, context: &Context) -> Result<(Suite, Finished), Failure> {
    let mut suite = Suite::default();
    let finished = command
        .read_stdout(&context.cancellation, &mut |stdout| {
            let mut reader = Reader::new(stdout);
            while let Some(line) = reader.next_line()? {
                suite.take(&line);
            }
            if reader.cut_lines() > 0 {
                let cut = format!(
                    "({} longer than {LINE_CAP} bytes cut)",
                    counted(reader.cut_lines() as usize, "line")
                );
                suite.stray.push_line(cut.as_bytes());
            }
            Ok(())
        })
        .map_err(|error| robot_go_command::not_started(&error))?;
    suite.finish();
    Ok((suite, finished))
}
