//! The state of the environment: entered before, left after.

use crate::input::{Input, Rerun};
use crate::plan::Plan;
use jiff::Timestamp;
use robot_contract::{Context, Failure};
use robot_environment::breaker::{self, Ended};
use robot_environment::lock::{self, Taken};
use robot_environment::tasks::{self, Decision};
use robot_environment::{Error, FileStore, Store, change, keep};
use robot_model::{
    Deployed, EnvironmentState, Lock, Revision, TaskRecord, Verdict, Workload, WorkloadKind,
};
use std::path::PathBuf;
use std::time::Duration;

/// How long a lock holds that is not renewed.
pub(crate) const LEASE: Duration = Duration::from_secs(60);

/// What entering came to.
#[derive(Debug)]
pub(crate) enum Entered {
    /// It is this deployment's turn.
    Begin(Box<Begun>),
    /// The task was done before.
    Done(TaskRecord),
    /// Another deployment works on the environment.
    Held(Lock),
    /// The circuit breaker is open.
    Open(Timestamp),
}

/// A deployment that has begun.
#[derive(Debug)]
pub(crate) struct Begun {
    /// Number of the attempt at the task, from 1.
    pub(crate) attempt: u32,
    /// The state when it began.
    pub(crate) state: EnvironmentState,
    /// What an earlier deployment left.
    pub(crate) notes: Vec<String>,
}

/// The state of the plan's environment, and who asks.
pub(crate) struct Environment {
    pub(crate) store: FileStore,
    pub(crate) holder: String,
}

/// What came of a deployment.
pub(crate) struct Left<'a> {
    pub(crate) verdict: Verdict,
    pub(crate) cause: Option<String>,
    pub(crate) ended: Ended,
    pub(crate) workload: &'a Workload,
    pub(crate) audit_head: Option<String>,
}

impl Environment {
    /// Of a plan.
    pub(crate) fn of(plan: &Plan, input: &Input, context: &Context) -> Result<Self, Failure> {
        let path = match &input.state {
            Some(path) => context.absolute(path),
            None => context
                .output_directory()?
                .join("environments")
                .join(&plan.environment)
                .join(format!("{}.json", plan.application)),
        };
        let run = &context.run.identity;
        let holder = match run.run_id {
            Some(id) => format!(
                "run {id} attempt {} job {}",
                run.attempt.unwrap_or(1),
                run.job.as_deref().unwrap_or("?")
            ),
            None => format!("process {}", std::process::id()),
        };
        Ok(Self { store: FileStore::new(path, &plan.application, &plan.environment), holder })
    }

    /// The audit trail beside it.
    pub(crate) fn audit(&self) -> PathBuf {
        self.store.path().with_extension("audit.jsonl")
    }

    /// Enters: all of it in one write.
    pub(crate) fn enter(
        &self,
        plan: &Plan,
        input: &Input,
        now: Timestamp,
    ) -> Result<Entered, Failure> {
        let entered = change::<_, Stop>(&self.store, |state| {
            let always = plan.rerun == Rerun::Always;
            let decision = match tasks::decide(state, &plan.identity, always) {
                Decision::Report(record) => {
                    return Err(Stop::With(Box::new(Entered::Done(record))));
                }
                decision => decision,
            };
            let taken = lock::take(state, &self.holder, LEASE, now)
                .map_err(|lock| Stop::With(Box::new(Entered::Held(lock))))?;
            breaker::enter(&mut state.breaker, input.breaker(), now)
                .map_err(|at| Stop::With(Box::new(Entered::Open(at))))?;
            let mut notes = Vec::new();
            if let Taken::Of(holder) = taken {
                notes.push(format!(
                    "{holder} held the environment and did not end; its lock has expired"
                ));
            }
            let attempt = match decision {
                Decision::Run { attempt } => attempt,
                // Its process ended with whoever ran it.
                Decision::Adopt(record) | Decision::Report(record) => {
                    notes.push(format!(
                        "attempt {} of this task by {} was interrupted; nothing of it runs any more",
                        record.attempt, record.holder
                    ));
                    record.attempt.saturating_add(1)
                }
            };
            let record = TaskRecord {
                identity: plan.identity.clone(),
                task: plan.task.clone(),
                attempt,
                workload: workload(plan, attempt, None),
                verdict: None,
                cause: None,
                time: now.to_string(),
                holder: self.holder.clone(),
            };
            tasks::keep(state, record);
            Ok((attempt, notes))
        });
        match entered {
            Ok(((attempt, notes), state)) => {
                Ok(Entered::Begin(Box::new(Begun { attempt, state, notes })))
            }
            Err(Stop::With(entered)) => Ok(*entered),
            Err(Stop::Store(error)) => Err(self.failure(error)),
        }
    }

    /// Renews the lock; `false` where somebody else has it by now.
    pub(crate) fn renew(&self, now: Timestamp) -> bool {
        let renewed = change::<_, Stop>(&self.store, |state| {
            lock::take(state, &self.holder, LEASE, now)
                .map_err(|lock| Stop::With(Box::new(Entered::Held(lock))))
        });
        // A disk that is full for a moment takes the lock from nobody.
        !matches!(renewed, Err(Stop::With(_)))
    }

    /// Leaves: the task's end, the history, the breaker, the audit trail's head and the lock in one write.
    pub(crate) fn leave(
        &self,
        plan: &Plan,
        input: &Input,
        attempt: u32,
        result: &Left<'_>,
        now: Timestamp,
    ) -> Result<EnvironmentState, Failure> {
        let left = change::<_, Stop>(&self.store, |state| {
            breaker::count(&mut state.breaker, result.ended, input.breaker(), now);
            let record = TaskRecord {
                identity: plan.identity.clone(),
                task: plan.task.clone(),
                attempt,
                workload: result.workload.clone(),
                verdict: Some(result.verdict),
                cause: result.cause.clone(),
                time: now.to_string(),
                holder: self.holder.clone(),
            };
            tasks::keep(state, record);
            if result.verdict == Verdict::Pass {
                let (revision, workload) = (revision(plan), result.workload.clone());
                keep(state, Deployed { revision, time: now.to_string(), workload });
            }
            if result.audit_head.is_some() {
                state.audit_head.clone_from(&result.audit_head);
            }
            lock::release(state, &self.holder);
            Ok(())
        });
        match left {
            Ok(((), state)) => Ok(state),
            Err(Stop::Store(error)) => Err(self.failure(error)),
            Err(Stop::With(_)) => Err(Failure::internal("the state could not be left")),
        }
    }

    /// The state as it is.
    pub(crate) fn read(&self) -> Result<EnvironmentState, Failure> {
        self.store.read().map(|(state, _)| state).map_err(|error| self.failure(error))
    }

    fn failure(&self, error: Error) -> Failure {
        let place = self.store.path().display();
        let hint = match error {
            Error::OtherSchema(_) => "use the version of robot-actions that wrote it".to_owned(),
            Error::Unsound(_) => format!(
                "restore the file, or remove it: then earlier tasks and revisions are forgotten ({place})"
            ),
            Error::Conflict => "run the deployment again".to_owned(),
            Error::Io(_) => "check the file's rights and the free space of its disk".to_owned(),
        };
        let message = format!("{place}: the state of the environment cannot be used");
        match error {
            Error::OtherSchema(_) | Error::Unsound(_) => Failure::evidence(message),
            Error::Conflict | Error::Io(_) => Failure::external(message),
        }
        .caused_by(&error)
        .hint(hint)
    }
}

/// Why nothing was written.
enum Stop {
    With(Box<Entered>),
    Store(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

/// The workload of an attempt at the task.
pub(crate) fn workload(plan: &Plan, attempt: u32, uid: Option<&str>) -> Workload {
    Workload {
        kind: match plan.kind() {
            "Deployment" => WorkloadKind::Deployment,
            _ => WorkloadKind::Job,
        },
        namespace: plan.namespace().to_owned(),
        name: match plan.kind() {
            "Deployment" => plan.name.clone(),
            _ => format!("{}-{attempt}", plan.name),
        },
        uid: uid.map(str::to_owned),
        revision: Some(revision(plan)),
    }
}

/// The revision of a plan. Nobody has verified its signature here.
pub(crate) fn revision(plan: &Plan) -> Revision {
    Revision { digest: plan.image_digest.clone(), commit: plan.commit.clone(), verified: false }
}
