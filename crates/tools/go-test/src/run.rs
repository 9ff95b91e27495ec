//! Runs one layer: services, `go test`, what is to be run again.

use crate::attempt::{Plan, arguments, go_test, test};
use crate::closure;
use crate::input::ResolvedLayer;
use crate::layer_run::LayerRun;
use crate::problem::package_detail;
use crate::rerun;
use crate::reuse::Reuse;
use crate::service::Services;
use crate::toolchain::Toolchain;
use crate::untested::{self, Untested};
use crate::whole;
use robot_contract::{Context, Failure};
use robot_go_command::{Processes, test_folders};
use robot_golang::package_list::Package as Listed;
use robot_golang::suite::{Package, TestOutcome};
use robot_model::Verdict;
use robot_process::Finished;
use std::path::{Path, PathBuf};
use std::time::Duration;

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
    run.not_isolated = run.layer.isolate.check(&format!("layer `{}`", run.layer.name))?;
    let patterns = robot_go_command::patterns(context, &run.layer.packages);
    let has_coverage = run.profile.is_some();
    let whole = whole::open(&run.layer, &run.toolchain, has_coverage, context)?;
    let all_known = whole.as_ref().and_then(|whole| whole::look_up(whole).ok());
    let listed = match all_known {
        Some(_) => None,
        None => untested::list(&run.layer, &patterns, context)?,
    };
    // After the listing go has downloaded all that it needs.
    run.seal = run.toolchain.seal(plan.folder, listed.is_some());
    let known = listed.as_deref();
    run.folders = known.map(test_folders).unwrap_or_default();
    let (reuse, untested, packages) = match all_known {
        Some((reuse, untested)) => {
            robot_go_command::spare_caches(context);
            (reuse, untested, Vec::new())
        }
        None => look_up(&run, known, &patterns, has_coverage, context),
    };
    run.reuse = reuse;
    let mut services = Services::default();
    let mut processes = Processes::default();
    run.finished = Finished { code: Some(0), cpu: Some(Duration::ZERO), ..Finished::default() };
    if !packages.is_empty() {
        services = match Services::start(&run.layer, context, plan.logs) {
            Ok(services) => services,
            Err(failure) => {
                run.finished.cancelled = context.cancellation.is_cancelled();
                run.setup = Some(failure.record().clone());
                return Ok(run);
            }
        };
        let arguments = arguments(&run.layer, run.profile.as_deref());
        let ran = test(&run, plan, arguments, &packages, context)?;
        (run.suite, run.finished, run.line) = (ran.suite, ran.finished, ran.line);
        processes = ran.processes;
        if let Some(failure) = outside(&run) {
            return Err(failure);
        }
    }
    run.reuse.complete(&mut run.suite);
    if let Some(profile) = run.profile.clone() {
        add_to_profile(&profile, &run.reuse.profile(), packages.is_empty());
    }
    let made = run_beside(&mut run, &untested.unknown(), context)?;
    let made = made.profile.filter(|_| made.succeeded);
    untested.complete(&mut run.suite, run.profile.as_deref(), made.as_deref());
    for _ in 0..plan.reruns {
        if context.cancellation.is_cancelled() || !rerun::rerun(&mut run, plan, context)? {
            break;
        }
    }
    if run.suite.outcome() == Some(TestOutcome::Flaky) {
        run.unaccounted = rerun::unaccounted(&run, &patterns, context)?;
    }
    if let Some(listed) = known.filter(|_| !context.cancellation.is_cancelled()) {
        let keys = closure::keys(listed, &run.layer, &run.toolchain, has_coverage, context);
        run.reuse.keep(&run.suite, run.profile.as_deref(), &processes, &keys);
        if let Some(whole) = &whole {
            whole::keep(whole, listed, &run.reuse, &untested, context);
        }
    }
    if context.cancellation.is_cancelled() {
        // The runner kills soon: first the result, then the services.
        context.stop_after_result(services.into_children());
        return Ok(run);
    }
    run.gone = services.gone(&context.cancellation).map(|(ended_well, failure)| {
        let verdict = if ended_well { Verdict::Warn } else { Verdict::Fail };
        (verdict, failure.record().clone())
    });
    services.stop();
    Ok(run)
}

/// What is known of the packages of a layer, and those that are to be run.
fn look_up(
    run: &LayerRun,
    listed: Option<&[Listed]>,
    patterns: &[String],
    has_coverage: bool,
    context: &Context,
) -> (Reuse, Untested, Vec<String>) {
    let (layer, go) = (&run.layer, &run.toolchain);
    let untested = listed.map(|listed| untested::look_up(listed, layer, go, has_coverage, context));
    let untested = untested.unwrap_or_default();
    let reuse = listed.map(|listed| Reuse::look_up(listed, layer, go, has_coverage, context));
    let reuse = reuse.unwrap_or_default();
    let packages = to_run(patterns, listed, &untested, &reuse);
    (reuse, untested, packages)
}

/// What stood in go's way outside of the code, when that explains all that failed: then no test has said it.
fn outside(run: &LayerRun) -> Option<Failure> {
    if run.finished.success() {
        return None;
    }
    let is_failed = |package: &Package| package.outcome.is_none_or(TestOutcome::is_failure);
    let mut failed = run.suite.packages.iter().filter(|(_, package)| is_failed(package)).peekable();
    if failed.peek().is_none() {
        let said = String::from_utf8_lossy(&run.finished.stderr);
        let is_silent = run.suite.packages.is_empty();
        return robot_go_command::outside_failure(&said).filter(|_| is_silent);
    }
    let causes: Option<Vec<Failure>> = failed
        .map(|(path, package)| {
            let is_unbuilt =
                matches!(package.outcome, Some(TestOutcome::BuildFail | TestOutcome::SetupFail));
            let said = is_unbuilt.then(|| package_detail(run, path, package))?;
            robot_go_command::outside_failure(&said)
        })
        .collect();
    causes?.into_iter().next()
}

/// What go is to run: the patterns as they are, unless something is known of their packages.
fn to_run(
    patterns: &[String],
    listed: Option<&[Listed]>,
    untested: &Untested,
    reuse: &Reuse,
) -> Vec<String> {
    if untested.tested.is_empty() && reuse.kept.is_empty() {
        return patterns.to_owned();
    }
    let listed = listed.into_iter().flatten().filter(|package| package.is_named());
    let all = listed.map(|package| package.import_path.clone()).collect();
    let all = if untested.tested.is_empty() { all } else { untested.tested.clone() };
    all.into_iter().filter(|path| !reuse.kept.contains_key(path)).collect()
}

/// Adds lines of packages that did not run to the layer's profile, which is a new one when none ran. A
/// profile that cannot be completed is removed, and then missed.
fn add_to_profile(profile: &Path, lines: &str, is_new: bool) {
    let before = match is_new {
        true => Ok("mode: atomic\n".to_owned()),
        // Go writes none when a package does not compile.
        false if lines.is_empty() || !profile.is_file() => return,
        false => fs_err::read_to_string(profile),
    };
    let written = before
        .and_then(|before| robot_contract::write_atomically(profile, (before + lines).as_bytes()));
    if written.is_err() {
        let _ = fs_err::remove_file(profile);
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
/// an earlier run.
fn run_beside(
    run: &mut LayerRun,
    packages: &[String],
    context: &Context,
) -> Result<Beside, Failure> {
    if packages.is_empty() || context.cancellation.is_cancelled() {
        return Ok(Beside::default());
    }
    let profile =
        run.profile.as_ref().map(|profile| profile.with_extension("untested.coverprofile"));
    if let Some(profile) = &profile {
        let _ = fs_err::remove_file(profile);
    }
    let arguments = arguments(&run.layer, profile.as_deref());
    let command = go_test(run, context, &arguments, packages);
    let (suite, finished) = robot_go_command::run_tests(&command, context)?;
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
