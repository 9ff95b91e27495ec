//! The verb `apply`.

use crate::input::{self, Input, TargetKind};
use crate::journal::{Happened, Journal};
use crate::local::{Local, ROOT};
use crate::log::Log;
use crate::plan::{self, Plan, Planned};
use crate::report::{self, Story};
use crate::run::{self, Ended, Sinks};
use crate::state::{Begun, Entered, Environment, Left, workload};
use crate::target::{MomentKind, Target};
use crate::{Cause, audit, cause, metrics, planning};
use robot_contract::{Action, Cause as _, Context, Failure, Outcome, Provenance};
use robot_environment::breaker;
use robot_kubernetes::verdict::{Answer, Class};
use robot_model::{BreakerState, Metric, Report, Verdict, Workload};
use schemars::JsonSchema;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Does what a plan says.
#[derive(Debug)]
pub struct Apply;

/// How a deployment ended.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ApplyOutput {
    /// SHA-256 of the plan that was applied
    pub plan_digest: String,
    /// Name of the workload
    pub workload: String,
    /// The image with its digest
    pub image: String,
    /// Number of the attempt at the task, from 1
    pub attempt: u32,
    /// Pods that were started
    pub pods: u32,
    /// The server's word for how it ended; empty on success
    pub reason: String,
    /// The server's sentence
    pub message: String,
    /// Exit code of the robot, where it ended with an error
    pub exit_code: Option<i32>,
    /// Logs of the robot, one of each pod
    pub logs: Vec<PathBuf>,
    /// Metrics, OpenMetrics
    pub metrics: Option<PathBuf>,
    /// Structured log of the deployment, JSON lines
    pub journal: Option<PathBuf>,
    /// Audit trail, one line a deployment (`robot.event/v1`)
    pub audit: Option<PathBuf>,
    /// State of the environment (`robot.environment/v1`)
    pub state: Option<PathBuf>,
}

impl Action for Apply {
    const TOOL: &'static str = "deploy";
    const VERB: Option<&'static str> = Some("apply");
    const ABOUT: &'static str = "Run the robot, and wait until it has succeeded or cannot any more";
    type Input = Input;
    type Settings = Input;
    type Output = ApplyOutput;
    type Cause = Cause;

    fn resolve(input: Input, provenance: &Provenance) -> Result<Input, Failure> {
        input::resolve(input, provenance)
    }

    fn execute(
        settings: Input,
        context: &mut Context,
    ) -> Result<Outcome<ApplyOutput, Cause>, Failure> {
        let planned = context.phase("plan", |context| plan::to_apply(&settings, context))?;
        let plan = &planned.plan;
        let mut output = ApplyOutput {
            plan_digest: plan.digest()?,
            workload: plan.name.clone(),
            image: plan.image.clone(),
            ..ApplyOutput::default()
        };
        if !plan.problems.is_empty() {
            return Ok(planning::decided(plan, output));
        }
        let environment = Environment::of(plan, &settings, context)?;
        output.state = Some(environment.store.path().to_owned());
        // What this machine cannot do is found before anything is written.
        let TargetKind::Local = plan.target;
        drop(Local::new(plan, &planned.made, context)?);
        let begun = match environment.enter(plan, &settings, context.clock.now())? {
            Entered::Begin(begun) => begun,
            Entered::Done(record) => {
                output.workload.clone_from(&record.workload.name);
                output.attempt = record.attempt;
                return Ok(Outcome::because(
                    Verdict::Pass,
                    Cause::AlreadyDone,
                    output,
                    report::done(&record),
                ));
            }
            Entered::Held(lock) => {
                let report = Report::new(format!(
                    "{} works on {} (until {} unless it goes on)",
                    lock.holder, plan.environment, lock.expires
                ));
                return Ok(Outcome::because(Verdict::Inconclusive, Cause::Locked, output, report));
            }
            Entered::Open(retry_at) => {
                let report = Report::new(format!(
                    "the circuit breaker of {} is open after failures one after another; the next deployment may try at {retry_at}",
                    plan.environment
                ));
                return Ok(Outcome::because(
                    Verdict::Inconclusive,
                    Cause::BreakerOpen,
                    output,
                    report,
                ));
            }
        };
        Deployment { planned: &planned, input: &settings, environment: &environment, begun: &begun }
            .run(output, context)
    }
}

/// A deployment that has begun: whatever happens, it leaves the environment's state.
struct Deployment<'a> {
    planned: &'a Planned,
    input: &'a Input,
    environment: &'a Environment,
    begun: &'a Begun,
}

/// What came of it, before it is kept.
struct Decided {
    verdict: Verdict,
    cause: Option<Cause>,
    failure: Option<Failure>,
    ended: breaker::Ended,
}

impl Deployment<'_> {
    fn plan(&self) -> &Plan {
        &self.planned.plan
    }

    fn run(
        &self,
        mut output: ApplyOutput,
        context: &mut Context,
    ) -> Result<Outcome<ApplyOutput, Cause>, Failure> {
        let folder = context.output_directory()?.join("deploy");
        tidy(&folder);
        let workload = workload(self.plan(), self.begun.attempt, None);
        let mut log = Log::new(&folder, &workload.name, &self.planned.made);
        let began = context.clock.elapsed();
        let ran = context
            .phase("run", |context| self.run_workload(&folder, &workload, &mut log, context));
        let (ended, story) = match ran {
            Ok(ran) => ran,
            Err(failure) => {
                // The lock is given up and the task is failed, though nothing more is known.
                let decided = Decided {
                    verdict: Verdict::Inconclusive,
                    cause: None,
                    failure: None,
                    ended: breaker::Ended::Failure,
                };
                self.keep(&decided, &workload, context)?;
                return Err(failure);
            }
        };
        let decided = decide(&ended, &log);
        let (head, breaker, mut notes) = self.keep(&decided, &workload, context)?;
        notes.splice(0..0, self.begun.notes.iter().chain(&self.plan().notes).cloned());
        if let Some(failure) = &log.failure {
            notes.push(failure.record().message.clone());
        }
        output.workload.clone_from(&workload.name);
        output.attempt = self.begun.attempt;
        output.pods = story.pods;
        output.logs.clone_from(&log.files);
        output.audit = Some(self.environment.audit());
        output.journal = Some(folder.join("deploy.jsonl"));
        if let Answer::Failed(failed) = &ended.answer {
            output.reason.clone_from(&failed.reason);
            output.message = log.mask(&failed.message);
            output.exit_code = failed.part.exit_code;
        }
        let path = folder.join("metrics.txt");
        self.write_metrics(&path, &story, &decided, breaker, context.clock.elapsed() - began)?;
        output.metrics = Some(path);
        let report = report::write(&report::Told {
            plan: self.plan(),
            workload: &workload,
            ended: &ended,
            story: &story,
            log: &log,
            notes: &notes,
            audit_head: &head,
        });
        if ended.is_cancelled {
            return Err(Failure::interrupted(format!(
                "interrupted; {} was stopped after {} lines of log were kept",
                workload.name,
                log.last().count()
            )));
        }
        let reasons = decided.cause.map(|cause| (decided.verdict, cause));
        let measured = vec![
            Metric::measured("deploy.verdict-latency", "s", ended.latency.as_secs_f64()),
            Metric::measured("deploy.pods", "{pod}", f64::from(story.pods)),
        ];
        let mut outcome = Outcome::decided(reasons, output, report).measured(measured);
        outcome.failure = decided.failure;
        Ok(outcome)
    }

    fn run_workload(
        &self,
        folder: &Path,
        workload: &Workload,
        log: &mut Log,
        context: &Context,
    ) -> Result<(Ended, Story), Failure> {
        let mut journal = Journal::new(folder, self.plan())?;
        let attempt = self.begun.attempt;
        journal.write(
            Happened { event: "started", message: &workload.name, attempt, ..Happened::default() },
            context,
        );
        let mut target = Local::new(self.plan(), &self.planned.made, context)?;
        let live = context.live()?;
        target.start(&workload.name)?;
        let mut sinks = Sinks { live: &live, log, journal: &mut journal };
        let ended = run::run(&mut target, self.input, self.environment, &mut sinks, context)?;
        let story = Story { pods: target.attempts(), moments: target.moments().to_vec() };
        let (message, error) = match &ended.answer {
            Answer::Succeeded => ("succeeded".to_owned(), None),
            Answer::Failed(failed) => (log.mask(&failed.message), Some(failed.cause.word())),
            Answer::Waiting(_) => ("interrupted".to_owned(), Some("interrupted")),
        };
        journal.write(
            Happened {
                event: "ended",
                message: &message,
                attempt: story.pods,
                latency_ms: story
                    .between(MomentKind::Started, MomentKind::Finished)
                    .and_then(|time| u64::try_from(time.as_millis()).ok()),
                error,
            },
            context,
        );
        Ok((ended, story))
    }

    /// Keeps what came of it: the audit record first, then the state, which names it.
    fn keep(
        &self,
        decided: &Decided,
        workload: &Workload,
        context: &Context,
    ) -> Result<(String, BreakerState, Vec<String>), Failure> {
        let word = decided.cause.map(robot_contract::Cause::word);
        let before = self.environment.read().unwrap_or_else(|_| self.begun.state.clone());
        let (head, note) = audit::append(
            &self.environment.audit(),
            self.plan(),
            workload,
            &before,
            (decided.verdict, word.as_deref()),
            context,
        )?;
        let left = Left {
            verdict: decided.verdict,
            cause: word,
            ended: decided.ended,
            workload,
            audit_head: Some(head.clone()),
        };
        let now = context.clock.now();
        let state =
            self.environment.leave(self.plan(), self.input, self.begun.attempt, &left, now)?;
        Ok((head, state.breaker.state, note.into_iter().collect()))
    }

    fn write_metrics(
        &self,
        path: &Path,
        story: &Story,
        decided: &Decided,
        breaker: BreakerState,
        total: Duration,
    ) -> Result<(), Failure> {
        let plan = self.plan();
        let steps = [
            ("pull", MomentKind::Scheduled, MomentKind::Pulled),
            ("start", MomentKind::Pulled, MomentKind::Started),
            ("run", MomentKind::Started, MomentKind::Finished),
        ];
        let mut phases: Vec<(&str, Duration)> = steps
            .into_iter()
            .filter_map(|(name, from, to)| Some((name, story.between(from, to)?)))
            .collect();
        phases.push(("total", total));
        let cause = decided.cause.map(|cause| cause.word()).unwrap_or_default();
        let text = metrics::text(&metrics::Measured {
            application: &plan.application,
            environment: &plan.environment,
            revision: &plan.image_digest,
            verdict: decided.verdict,
            cause: &cause,
            phases: &phases,
            retries: story.pods.saturating_sub(1),
            breaker,
        });
        robot_contract::write_atomically(path, text.as_bytes()).map_err(|error| {
            Failure::external(format!("{}: the metrics cannot be written", path.display()))
                .caused_by(&error)
        })
    }
}

/// The verdict of how it ended.
fn decide(ended: &Ended, log: &Log) -> Decided {
    match &ended.answer {
        Answer::Succeeded => Decided {
            verdict: Verdict::Pass,
            cause: None,
            failure: None,
            ended: breaker::Ended::Success,
        },
        Answer::Failed(failed) => {
            let class = failed.cause.class();
            let message = format!("{}: {}", failed.reason, log.mask(&failed.message));
            let (verdict, failure) = cause::verdict(class, &message, failed.cause.next_step());
            let ended = match class {
                Class::Robot | Class::Surroundings => breaker::Ended::Failure,
                Class::Request | Class::Undecided => breaker::Ended::Neither,
            };
            Decided { verdict, cause: Some(failed.cause.into()), failure, ended }
        }
        Answer::Waiting(_) => Decided {
            verdict: Verdict::Inconclusive,
            cause: None,
            failure: None,
            ended: breaker::Ended::Neither,
        },
    }
}

/// Removes files of images that a killed deployment left. Those of a process that still runs stay, as another
/// deployment may be using them.
fn tidy(folder: &Path) {
    let entries = fs_err::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(owner) = name.strip_prefix(ROOT).and_then(|rest| rest.split('-').next()) else {
            continue;
        };
        if !Path::new("/proc").join(owner).exists() {
            let _ = fs_err::remove_dir_all(entry.path());
        }
    }
}
