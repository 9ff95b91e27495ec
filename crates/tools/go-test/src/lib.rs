//! `go-test`: runs a robot's tests in layers and reports the results.
//!
//! It reads the event stream of `go test -json` ([test2json]), folds it into outcomes that fail closed, runs failed packages
//! again, and reports failures first.
//!
//! [test2json]: https://pkg.go.dev/cmd/test2json

mod attempt;
mod cause;
mod closure;
mod input;
mod junit;
mod kept;
mod layer;
mod layer_run;
mod place;
mod problem;
mod report;
mod rerun;
mod reuse;
mod reuse_report;
mod run;
mod service;
mod toolchain;
mod untested;
mod whole;

pub use cause::Cause;
pub use input::{Input, Settings};
pub use layer::{Declared, Layer, Service};
pub use robot_golang::suite::TestOutcome;

use attempt::Plan;
use layer_run::LayerRun;
use place::Places;
use robot_contract::{
    Action, Context, Evidence as _, Failure, Leaves, Outcome, Provenance, Requirement, ResultExt,
    Tool, stream_atomically, write_atomically,
};
use robot_evidence::{CoverProfile, Sources};
use robot_go_command::Modules;
use robot_golang::coverprofile::Profile;
use robot_history::{History, LastTimings};
use robot_model::{Block, Metric, Timings, Verdict};
use schemars::JsonSchema;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// The tool and its verb.
pub fn tool() -> Tool {
    Tool { helpers: &[robot_go_command::OBSERVE], ..Tool::of::<GoTest>() }
}

/// Runs the tests of a Go robot.
#[derive(Debug)]
pub struct GoTest;

/// What `go-test` leaves for later steps.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// Number of tests that passed, flaky ones included
    pub passed: usize,
    /// Number of tests that failed
    pub failed: usize,
    /// Number of tests that passed only when run again
    pub flaky: usize,
    /// Number of packages whose pass of an earlier run was reused
    pub reused_packages: usize,
    /// Number of packages tested
    pub packages: usize,
    /// Percent of statements that are covered; empty without coverage or statements
    pub coverage: Option<f64>,
    /// Cover profile of all layers together; `<file>.sources.json` beside it lists the measured files
    pub coverprofile: Option<PathBuf>,
    /// JUnit XML file of all layers
    pub junit: Option<PathBuf>,
    /// File with the durations of what ran (not of reused results), for later steps
    pub timings: Option<PathBuf>,
}

impl Action for GoTest {
    const TOOL: &'static str = "go-test";
    const VERB: Option<&'static str> = None;
    const ABOUT: &'static str =
        "Run a Go robot's tests in layers, reusing results whose inputs are unchanged";
    const GATE: bool = true;
    const KEEPS: bool = true;
    const LEAVES: &'static [Leaves] = &[
        Leaves { kind: CoverProfile::KIND, unless_off: Some("coverage") },
        Leaves { kind: LastTimings::KIND, unless_off: None },
    ];
    const REQUIRES: &'static [Requirement] = &[robot_go_command::MODULE];
    const MERGED: &'static [&'static str] = &["layers"];
    type Input = Input;
    type Settings = Settings;
    type Output = Output;
    type Cause = Cause;

    fn resolve(input: Input, provenance: &Provenance) -> Result<Settings, Failure> {
        input::resolve(&input, provenance)
    }

    fn is_idle(settings: Settings, context: &mut Context) -> Result<(), String> {
        robot_go_command::pin(context).map_err(|failure| failure.record().message.clone())?;
        if settings.layers.is_empty() {
            return Err("there is no layer of tests".to_owned());
        }
        settings
            .layers
            .iter()
            .try_for_each(|layer| whole::is_idle(layer, settings.coverage, context))
    }

    fn execute(
        settings: Settings,
        context: &mut Context,
    ) -> Result<Outcome<Output, Cause>, Failure> {
        robot_go_command::pin(context)?;
        let folder = context.output_directory()?.join("go-test");
        fs_err::create_dir_all(&folder)
            .or_external(|| "the folder for test results cannot be created".to_owned())?;
        // Our only folder that tests can write to.
        let scratch = folder.join("scratch");
        // What an earlier run left must not pass for this one's.
        let _ = fs_err::remove_dir_all(&scratch);
        fs_err::create_dir_all(&scratch)
            .or_external(|| "the folder for tests cannot be created".to_owned())?;
        let profile = folder.join("coverprofile");
        for earlier in [Sources::path(&profile), profile] {
            let _ = fs_err::remove_file(earlier);
        }
        let plan = Plan {
            coverage: settings.coverage,
            reruns: settings.reruns,
            rerun_limit: settings.rerun_limit,
            folder: &scratch,
            logs: &folder,
        };
        let mut runs = Vec::new();
        for layer in settings.layers {
            if context.cancellation.is_cancelled() {
                break;
            }
            let name = format!("test {}", layer.name);
            runs.push(context.phase(&name, |context| run::run(layer, &plan, context))?);
        }
        if !context.cancellation.is_cancelled() {
            // What tests left behind must not write into what is read now.
            robot_process::kill_orphans();
        }
        let modules = Places::read(&context.directory, context.checkout());
        let mut report = report::write(&runs, &modules);
        for run in runs.iter().filter(|run| !run.verdict().0.is_green() || run.all_skipped()) {
            report.push(Block::text(toolchain::withheld(&run.layer, context)));
        }
        let selected = runs.iter().filter_map(|run| Some((run, run.toolchain.selecting_flag()?)));
        for (run, flag) in selected {
            let layer = &run.layer.name;
            report.push(Block::text(format!("{layer}: `{flag}` in GOFLAGS excludes tests")));
        }
        for gap in runs.iter().filter_map(|run| run.not_isolated.as_ref()) {
            report.push(Block::text(gap.clone()));
        }
        // Outside of git there is no repository to have other modules.
        let tracked = robot_git::tracked(context, &["*go.mod"]).unwrap_or_default();
        let others = robot_go_command::other_modules(&tracked, context);
        if !others.is_empty() {
            let folders = others.join(", ");
            report.push(Block::text(format!(
                "not tested here: {folders} are separate modules (set `working-directory` to test them, or add them to go.work)"
            )));
        }
        let of_run = |run: &LayerRun| {
            let (verdict, cause) = run.verdict();
            Some((verdict, cause?))
        };
        let mut reasons: Vec<_> = runs.iter().filter_map(of_run).collect();
        if runs.is_empty() {
            reasons.push((Verdict::Inconclusive, Cause::NoLayers));
        }
        if runs.iter().any(|run| run.verdict().0 != Verdict::Skipped) {
            // An undeclared layer without tests does not affect the verdict of the others.
            reasons.retain(|(verdict, _)| *verdict != Verdict::Skipped);
        }
        let is_green = runs.iter().all(|run| run.verdict().0.is_green());
        let timings = LastTimings(timings(&runs));
        let (mut output, profile_is_sound) = write_files(&runs, &folder, context)?;
        output.timings = Some(context.leave(&timings)?);
        if context.run.is_default_branch {
            // What cannot be kept costs later runs their plan, not this one its verdict.
            let mut history = History::new(context.history_directory());
            if let Err(error) = history.keep_timings(timings.0) {
                history.set_aside.push(format!("test durations cannot be saved: {error}"));
            }
            report.push(Block::text(history.set_aside.join("\n")));
        }
        if is_green && !profile_is_sound {
            reasons.push((Verdict::Inconclusive, Cause::NoCoverage));
        }
        let metrics = metrics(&runs, &output);
        Ok(Outcome::decided(reasons, output, report).measured(metrics))
    }
}

/// Writes profile and JUnit; says whether every cover profile that was asked for is there.
fn write_files(
    runs: &[LayerRun],
    folder: &Path,
    context: &Context,
) -> Result<(Output, bool), Failure> {
    let at = |name: &str| folder.join(name);
    let written = |path: PathBuf, result: std::io::Result<()>| {
        result.or_external(|| format!("{} cannot be written", path.display())).map(|()| path)
    };
    let count = |wanted: fn(TestOutcome) -> bool| {
        runs.iter().flat_map(LayerRun::tests).filter(|(_, test)| wanted(test.outcome)).count()
    };
    let packages = || runs.iter().flat_map(|run| run.suite.packages.values());
    let mut output = Output {
        passed: count(|outcome| matches!(outcome, TestOutcome::Pass | TestOutcome::Flaky)),
        failed: count(TestOutcome::is_failure),
        flaky: count(|outcome| outcome == TestOutcome::Flaky),
        reused_packages: packages().filter(|package| package.reused).count(),
        packages: packages().count(),
        ..Output::default()
    };
    let mut profile = Profile::default();
    let mut is_sound = true;
    let asked = runs.iter().filter(|run| run.verdict().0 != Verdict::Skipped);
    let mut is_measured = false;
    for (run, path) in asked.filter_map(|run| Some((run, run.profile.as_ref()?))) {
        // A layer that broke off leaves no profile; its own verdict says why.
        let text = fs_err::read_to_string(path).unwrap_or_default();
        is_sound &= profile.add(&text).is_ok();
        is_measured |= run.verdict().0.is_green();
    }
    let (covered, all) = profile.statements();
    // Code without a statement has a profile that says so. Go writes the same when code cannot be
    // compiled: only that of tests that passed is believed.
    if all > 0 || (is_sound && is_measured) {
        output.coverage = (all > 0).then(|| 100.0 * covered as f64 / all as f64);
        let text = profile.write();
        let path = at("coverprofile");
        let result = write_atomically(&path, text.as_bytes());
        let path = written(path, result)?;
        let unmeasured = runs.iter().flat_map(|run| run.unmeasured(&text));
        let unmeasured = unmeasured.map(str::to_owned).collect();
        let modules = Modules::read(&context.directory);
        let files = profile.files().filter_map(|(name, _)| modules.file(name, &context.directory));
        Sources::write(&path, &text, files, unmeasured, context.commit(), &context.directory)
            .or_external(|| "the list of measured sources cannot be written".to_owned())?;
        context.leave(&CoverProfile { path: path.clone() })?;
        output.coverprofile = Some(path);
    }
    let path = at("junit.xml");
    let result = stream_atomically(&path, |out| junit::write(runs, out));
    output.junit = Some(written(path, result)?);
    Ok((output, is_sound))
}

/// Durations of real executions; reused results tell nothing new.
fn timings(runs: &[LayerRun]) -> Timings {
    let mut timings = Timings::default();
    for run in runs {
        for (path, package) in &run.suite.packages {
            if package.reused || package.outcome != Some(TestOutcome::Pass) {
                continue;
            }
            let top_level = package.tests.iter().filter(|test| !test.name.contains('/'));
            let tests = top_level.map(|test| (test.name.clone(), test.elapsed));
            let observed = robot_history::observation(package.elapsed, tests);
            let newer =
                Timings { packages: [(path.clone(), observed)].into(), ..Timings::default() };
            robot_history::merge(&mut timings, newer);
            robot_history::bound(&mut timings);
        }
    }
    timings
}

fn metrics(runs: &[LayerRun], output: &Output) -> Vec<Metric> {
    let mut metrics = Vec::new();
    for run in runs {
        let name = |what: &str| format!("test.{}.{what}", run.layer.name);
        metrics.push(Metric::measured(name("wall"), "s", run.finished.wall.as_secs_f64()));
        metrics.push(match run.finished.cpu {
            Some(cpu) => Metric::measured(name("cpu"), "s", cpu.as_secs_f64()),
            None => Metric::unavailable(name("cpu"), "s"),
        });
    }
    metrics.push(match output.coverage {
        Some(percent) => Metric::measured("coverage.statements", "%", percent),
        None => Metric::unavailable("coverage.statements", "%"),
    });
    metrics
}
