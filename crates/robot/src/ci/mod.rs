//! `robot ci`: the whole pipeline of a pull request in one process tree.

mod child;
mod evidence;
mod go_settings;
mod ground;
mod history;
mod machine;
mod pipeline;
mod plan;
mod planned;
mod progress;
mod report;
mod rules;
mod runner_files;
mod schedule;
mod work;

use child::Ended;
use go_settings::GoSettings;
use ground::Ground;
use pipeline::PipelineStep;
use planned::{Planned, Work};
use progress::Progress;
use robot_contract::{
    Action, Context, Failure, Mode, Outcome, Provenance, Requirement, ResultExt, Tool,
};
use robot_model::{Block, FailureKind, Metric, Report, Verdict};
use robot_render::Sheet;
use runner_files::RunnerFiles;
use schedule::{State, Tokens};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// The name of this tool, which cannot be a step of itself.
pub(crate) const NAME: &str = "ci";

/// The tool and its verb.
pub(crate) fn tool() -> Tool {
    Tool { has_work: Some(work::has_work), ..Tool::of::<Ci>() }
}

/// Runs the pipeline.
#[derive(Debug)]
struct Ci;

/// Settings of `ci`.
#[derive(Debug, Clone, clap::Args, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Input {
    /// Steps of the pipeline, which replace the default ones
    #[arg(skip = pipeline::default_steps())]
    pub steps: Vec<PipelineStep>,
    /// Number of cores that the steps share [default: all]
    #[arg(long, value_name = "N")]
    pub cpu: Option<u32>,
    /// Memory that the steps share, in MiB [default: the memory of the machine or its control group]
    #[arg(long, value_name = "MIB")]
    pub memory: Option<u64>,
    /// Seconds without output after which the running steps are listed
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub heartbeat: u64,
    /// Whether to ignore kept results of earlier runs and run everything
    #[arg(long)]
    pub fresh: bool,
}

/// The outputs of `ci`.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Output {
    /// Verdict per step, as JSON
    pub verdicts: BTreeMap<String, Verdict>,
    /// First step with the gravest verdict; empty when all passed
    pub deciding_step: Option<String>,
    /// Whether the build cache should be saved, as `cache-key prune` decided
    pub save_build: bool,
    /// Whether the folder with installed scanners should be saved: true if a scanner was installed
    pub save_scanners: bool,
    /// Whether the history folder should be saved: true on the default branch
    pub save_history: bool,
    /// Folder with the log and result of each step
    pub results: PathBuf,
    /// File with the report as an HTML page; empty when it could not be written
    pub html: Option<PathBuf>,
    /// File with the report as Markdown; empty when it could not be written
    pub markdown: Option<PathBuf>,
}

/// A step that has ended, with its times on the run's clock.
pub(crate) struct Record {
    pub(crate) name: String,
    pub(crate) start: f64,
    pub(crate) end: f64,
    pub(crate) ended: Ended,
}

/// Causes of a verdict.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Cause {
    /// The verdict of a step is not pass; `deciding-step` names the step
    Step,
    /// No step that checks the robot ran
    NothingProven,
    /// The pull request changes settings or workflows that define what a run checks
    RulesChanged,
    /// Files that the gates depend on changed while code of the repository ran
    FilesChanged,
    /// A step wrote to the runner's command files
    RunnerFilesChanged,
}

impl robot_contract::Cause for Cause {}

impl Action for Ci {
    const TOOL: &'static str = NAME;
    const VERB: Option<&'static str> = None;
    const ABOUT: &'static str =
        "Run the whole pipeline of a Go robot, the same on a laptop as in CI";
    type Input = Input;
    type Settings = Input;
    type Output = Output;
    type Cause = Cause;

    fn resolve(input: Input, provenance: &Provenance) -> Result<Input, Failure> {
        pipeline::validate(&input.steps, provenance)?;
        Ok(input)
    }

    fn execute(input: Input, context: &mut Context) -> Result<Outcome<Output, Cause>, Failure> {
        let plan = plan::plan(
            &input.steps,
            input.fresh,
            &crate::tools(),
            &context.provenance,
            &context.file,
        )?;
        // Checked once here instead of by every step.
        Requirement::check_all(plan.iter().flat_map(Planned::requires), context)?;
        let folder = context.output_directory()?;
        let results = folder.join("ci");
        lock(&folder, context)?;
        remove_earlier(&results)?;
        fs_err::create_dir_all(&results)
            .or_external(|| "the folder for results cannot be created".to_owned())?;
        let cores = thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
        let tokens = Tokens {
            cpu: input.cpu.unwrap_or(cores).max(1),
            memory: input.memory.unwrap_or_else(machine::memory),
        };
        let heartbeat = Duration::from_secs(input.heartbeat.max(1));
        let rules = rules::changed(context);
        let before = RunnerFiles::read(context);
        let writes = plan.iter().any(|step| matches!(step.work, Work::Run(_)));
        let ground = Ground::read(context, writes);
        let records =
            run_all(&plan, tokens, heartbeat, &GoSettings::read(context), context, &results)?;
        let (of_steps, deciding_step) = report::verdict(&records);
        let mut reasons = Vec::new();
        if of_steps != Verdict::Pass {
            reasons.push((of_steps, Cause::Step));
        }
        if of_steps.is_green() && !plan.iter().any(|step| proves_something(step, &records)) {
            reasons.push((Verdict::Inconclusive, Cause::NothingProven));
        }
        // From here on, no process of a step may change files or the report.
        robot_process::kill_orphans();
        let mut report = report::write(&records);
        let mut doubts = Vec::new();
        match rules {
            Ok(paths) => {
                doubts.push((report::changes_rules(&paths), Verdict::Warn, Cause::RulesChanged));
            }
            Err(why) => report.push(Block::text(format!(
                "could not check whether the pull request changes settings or workflows: {}",
                why.record().message
            ))),
        }
        let lines = plan.iter().filter(|step| matches!(step.work, Work::Run(_)));
        for step in lines {
            // If isolation is required but not available, the step has already failed.
            if let Ok(Some(gap)) = step.isolate.check(&format!("step `{}`", step.name)) {
                report.push(Block::text(gap));
            }
        }
        let changed = report::changed_meanwhile(&ground.changed(), context);
        doubts.push((changed, Verdict::Inconclusive, Cause::FilesChanged));
        let written = report::written_by_others(&before.changed());
        doubts.push((written, Verdict::Inconclusive, Cause::RunnerFilesChanged));
        for (block, at_least, why) in doubts.into_iter().filter(|(block, ..)| !block.is_empty()) {
            report.push(block);
            reasons.push((at_least, why));
        }
        let gravest = Mode::Enforce.gravest(reasons.iter().copied());
        let verdict = gravest.map_or(Verdict::Pass, |(verdict, _)| verdict);
        let cause = gravest.map(|(_, cause)| robot_contract::Cause::word(cause));
        for note in history::keep(verdict, cause, &records, context) {
            report.push(Block::text(note));
        }
        report::sections(&mut report, &records);
        let [html, markdown] = pages(verdict, &mut report, context, &results);
        if let Some(page) = html.as_ref().filter(|_| !context.environment.is_github()) {
            // A job has the path as an output; on a laptop only this line shows it.
            report.push(Block::text(format!("report as a page: {}", page.display())));
        }
        let verdicts =
            records.iter().map(|record| (record.name.clone(), record.ended.verdict)).collect();
        let documents = records.iter().filter_map(|record| record.ended.document.as_ref());
        let says = |output: &str| documents.clone().any(|it| it.outputs[output] == true);
        let (save_build, save_scanners) = (says("save-build"), says("save-scanners"));
        let metrics = records.iter().flat_map(metrics).collect();
        let output = Output {
            verdicts,
            deciding_step,
            save_build,
            save_scanners,
            save_history: context.run.is_default_branch,
            results,
            html,
            markdown,
        };
        let failure = (verdict == Verdict::Inconclusive).then(|| outside(&records)).flatten();
        let mut outcome = Outcome::decided(reasons, output, report).measured(metrics);
        outcome.failure = failure;
        Ok(outcome)
    }
}

/// The external failure, if only external failures prevented a decision.
fn outside(records: &[Record]) -> Option<Failure> {
    let undecided = records.iter().filter(|record| record.ended.verdict == Verdict::Inconclusive);
    let failures: Vec<_> = undecided
        .map(|record| {
            let failure = record.ended.document.as_ref()?.failure.as_ref()?;
            (failure.kind == FailureKind::External).then_some((&record.name, failure))
        })
        .collect::<Option<_>>()?;
    let (name, first) = failures.first()?;
    let failure = Failure::external(format!("step {name}: {}", first.message));
    Some(first.hints.iter().fold(failure, |failure, hint| failure.hint(hint.clone())))
}

/// Whether a step ran that checks the robot: not one that was skipped, nor one that only handles caches.
fn proves_something(step: &Planned, records: &[Record]) -> bool {
    let looks_after_caches =
        matches!(&step.work, Work::Uses { verb, .. } if verb.tool == "cache-key");
    let ended = records.iter().find(|record| record.name == step.name);
    !looks_after_caches && ended.is_some_and(|it| it.ended.verdict != Verdict::Skipped)
}

/// Waits until no other run uses the results folder, and locks it until the process ends: two runs in one checkout would
/// overwrite each other's results.
fn lock(folder: &Path, context: &Context) -> Result<(), Failure> {
    let path = folder.join(".lock");
    let unlockable = || format!("{} cannot be locked", path.display());
    let file = fs_err::File::create(&path).or_external(unlockable)?;
    let mut is_told = false;
    loop {
        match file.file().try_lock() {
            Ok(()) => {
                std::mem::forget(file);
                return Ok(());
            }
            Err(std::fs::TryLockError::WouldBlock) if context.cancellation.is_cancelled() => {
                return Err(Failure::external("interrupted while another run used this checkout"));
            }
            Err(std::fs::TryLockError::WouldBlock) => {}
            Err(std::fs::TryLockError::Error(error)) => return Err(error).or_external(unlockable),
        }
        if !std::mem::replace(&mut is_told, true) {
            progress::say("waiting for another `robot ci` in this checkout to end");
        }
        context.cancellation.wait(Duration::from_millis(100));
    }
}

/// Removes results of an earlier run, so that a step that never starts does not seem to have passed.
fn remove_earlier(results: &Path) -> Result<(), Failure> {
    let removed = match fs_err::symlink_metadata(results) {
        Ok(metadata) if metadata.is_dir() => fs_err::remove_dir_all(results),
        Ok(_) => fs_err::remove_file(results),
        Err(_) => Ok(()),
    };
    removed.or_external(|| "the results of an earlier run cannot be removed".to_owned())
}

/// Writes the report as HTML and Markdown. A failure is noted in the report and hides no result.
fn pages(
    verdict: Verdict,
    report: &mut Report,
    context: &Context,
    results: &Path,
) -> [Option<PathBuf>; 2] {
    const TITLE: &str = "robot ci";
    let run = &context.run.identity;
    let budget = robot_runner::SUMMARY_LIMIT as usize;
    let sheet = Sheet { run, rest: "the rest is in `report.html`", budget };
    let texts = [
        ("report.html", robot_render::page(TITLE, verdict, report, run)),
        ("report.md", robot_render::markdown(TITLE, verdict, report, &sheet)),
    ];
    texts.map(|(name, text)| {
        let path = results.join(name);
        match robot_contract::write_atomically(&path, text.as_bytes()) {
            Ok(()) => Some(path),
            Err(error) => {
                let note = format!("{} cannot be written: {error}", path.display());
                report.push(Block::text(note));
                None
            }
        }
    })
}

/// How often running steps are asked for what they have to say.
const NOTICES: Duration = Duration::from_millis(500);

/// Runs every step that can run. A failed step never hides the result of another.
fn run_all(
    plan: &[Planned],
    tokens: Tokens,
    heartbeat: Duration,
    go: &GoSettings,
    context: &Context,
    results: &Path,
) -> Result<Vec<Record>, Failure> {
    // A killed step cannot stop its children.
    robot_process::adopt_orphans();
    let started = Instant::now();
    let mut progress = Progress::new(context);
    let mut states = vec![State::Waiting; plan.len()];
    let mut starts = vec![0.0; plan.len()];
    let mut notices = vec![0; plan.len()];
    let mut alive = Instant::now();
    let mut records = Vec::new();
    for (index, step) in plan.iter().enumerate() {
        if let Work::Skip(why) = &step.work {
            states[index] = State::Ended(Verdict::Skipped);
            records.push(not_run(step, why.clone(), started));
        }
    }
    let (sender, ends) = channel();
    thread::scope(|scope| {
        loop {
            // Checked first, because steps after a blocked one may start.
            while let Some((index, need)) = schedule::blocked(plan, &states) {
                let what = if states[need] == State::Blocked { "run" } else { "pass" };
                states[index] = State::Blocked;
                let cause = format!("{} did not {what}", plan[need].name);
                records.push(not_run(&plan[index], cause, started));
            }
            let cancelled = context.cancellation.is_cancelled();
            while let Some(index) = schedule::next(plan, &states, tokens).filter(|_| !cancelled) {
                states[index] = State::Running;
                starts[index] = started.elapsed().as_secs_f64();
                progress.started(&plan[index].name);
                let sender = sender.clone();
                scope.spawn(move || {
                    let ended = child::run(&plan[index], go, context, results);
                    // The receiver exists until every step has ended.
                    let _ = sender.send((index, ended));
                });
            }
            if !states.contains(&State::Running) {
                break;
            }
            let ended = ends.recv_timeout(NOTICES.min(heartbeat));
            let running = plan.iter().zip(&states).zip(&mut notices);
            for ((step, _), known) in running.filter(|((_, it), _)| **it == State::Running) {
                for line in child::notices(&step.name, results, *known) {
                    progress.notice(&step.name, &line);
                    *known += 1;
                }
            }
            match ended {
                Ok((index, ended)) => {
                    states[index] = State::Ended(ended.verdict);
                    let end = started.elapsed().as_secs_f64();
                    let name = plan[index].name.clone();
                    let record = Record { name, start: starts[index], end, ended };
                    progress.ended(&record);
                    records.push(record);
                    alive = Instant::now();
                }
                Err(RecvTimeoutError::Timeout) if alive.elapsed() < heartbeat => {}
                Err(RecvTimeoutError::Timeout) => {
                    alive = Instant::now();
                    let running = plan.iter().zip(&states);
                    let running = running.filter(|(_, state)| **state == State::Running);
                    progress.alive(running.map(|(step, _)| step.name.as_str()), started.elapsed());
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        Ok::<(), Failure>(())
    })?;
    let waiting = plan.iter().zip(&states).filter(|(_, state)| **state == State::Waiting);
    for (step, _) in waiting {
        let mut record = not_run(step, "interrupted before it started".to_owned(), started);
        record.ended.verdict = Verdict::Inconclusive;
        records.push(record);
    }
    Ok(records)
}

fn not_run(step: &Planned, cause: String, started: Instant) -> Record {
    let now = started.elapsed().as_secs_f64();
    let ended = Ended {
        verdict: Verdict::Skipped,
        cause,
        document: None,
        finished: robot_process::Finished::default(),
        log: PathBuf::new(),
    };
    Record { name: step.name.clone(), start: now, end: now, ended }
}

fn metrics(record: &Record) -> Vec<Metric> {
    let name = |what: &str| format!("ci.{}.{what}", record.name);
    let cpu = record.ended.finished.cpu;
    vec![
        Metric::measured(name("wall"), "s", record.end - record.start),
        cpu.map_or_else(
            || Metric::unavailable(name("cpu"), "s"),
            |cpu| Metric::measured(name("cpu"), "s", cpu.as_secs_f64()),
        ),
    ]
}
