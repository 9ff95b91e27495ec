//! Whether a workload can still succeed, from what the server shows of it.
//!
//! | Seen | Cause | Taken for a failure |
//! |---|---|---|
//! | `InvalidImageName`, `ErrImageNeverPull`, `SignatureValidationFailed` | config | at once |
//! | `ErrImagePull`, `ImagePullBackOff` | registry | at once if the text says that the image is not there or not allowed, else after `registry` or `pulls` |
//! | `CreateContainerConfigError` | config | after `config` |
//! | `CreateContainerError`, `RunContainerError` | config | the second time |
//! | event `FailedMount` while the pod is being created | config | after `mount` |
//! | `Unschedulable` | capacity | after `capacity`; after `scale_up` once the autoscaler adds a node |
//! | no pod, event `FailedCreate` | admission | after `admission` |
//! | no pod, no event; no sandbox; a lost node | infrastructure | after `infrastructure` |
//! | `OOMKilled`, exit code 137 | resources | when the Job gives up |
//! | other exit codes | application | when the Job gives up; 126, 127 and programs that cannot be started at once |
//! | evicted, disrupted | infrastructure | when the Job gives up |
//! | a crashing or unready container of a Deployment | its own | after `restarts` or `application` |
//!
//! A reason that is not listed is told as it is, and only the deadline ends it.

mod answer;
mod attempt;
mod cause;
mod graces;
mod image;
mod job;
mod pod;
mod served;
mod signal;

pub use answer::{Answer, Failed, Part, Waiting};
pub use cause::{Cause, Class};
pub use graces::Graces;

use crate::object::{Deployment, Event, Job, Pod, ReplicaSet};
use attempt::End;
use jiff::Timestamp;
use signal::Sightings;

/// The workload as it was seen last.
#[derive(Debug, Clone, Copy)]
pub enum Observed<'a> {
    /// A Job.
    Job(&'a Job),
    /// A Deployment.
    Deployment(&'a Deployment),
    /// It is not there any more; by whom it was replaced, where that is known.
    Gone(Option<&'a str>),
}

/// What was seen at one time.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The workload.
    pub workload: Observed<'a>,
    /// Its pods, those that have ended too.
    pub pods: &'a [Pod],
    /// Events about any of them.
    pub events: &'a [Event],
    /// ReplicaSets of a Deployment.
    pub replica_sets: &'a [ReplicaSet],
}

/// Watches one workload: it remembers since when a state has lasted, and nothing else.
#[derive(Debug, Clone)]
pub struct Engine {
    graces: Graces,
    /// UID of the workload that is watched; empty where any will do.
    uid: String,
    /// When the whole must be over.
    deadline: Option<Timestamp>,
    sightings: Sightings,
    has_succeeded: bool,
    last_end: Option<End>,
    /// The last answer, once it cannot change.
    ended: Option<Answer>,
}

impl Engine {
    /// Watches the workload with this UID until `deadline`.
    pub fn new(graces: Graces, uid: impl Into<String>, deadline: Option<Timestamp>) -> Self {
        Self {
            graces,
            uid: uid.into(),
            deadline,
            sightings: Sightings::default(),
            has_succeeded: false,
            last_end: None,
            ended: None,
        }
    }

    /// Whether it can still succeed. Once it is decided, the answer stays. While it is not, ask again
    /// when something is seen, or at [`Engine::ask_again`].
    pub fn assess(&mut self, seen: &Seen<'_>, now: Timestamp) -> Answer {
        if let Some(ended) = &self.ended {
            return ended.clone();
        }
        let answer = match seen.workload {
            Observed::Gone(by) => self.gone(by),
            Observed::Job(job) if self.is_other(&job.metadata.uid) => {
                job::superseded(&format!("another Job {}", job.metadata.name))
            }
            Observed::Job(job) => self.job(job, seen, now),
            Observed::Deployment(it) if self.is_other(&it.metadata.uid) => {
                job::superseded(&format!("another Deployment {}", it.metadata.name))
            }
            Observed::Deployment(it) => self.deployment(it, seen, now),
        };
        let answer = self.within_deadline(answer, now);
        if !matches!(answer, Answer::Waiting(_)) {
            self.ended = Some(answer.clone());
        }
        answer
    }

    fn is_other(&self, uid: &str) -> bool {
        !self.uid.is_empty() && !uid.is_empty() && self.uid != uid
    }

    fn within_deadline(&self, answer: Answer, now: Timestamp) -> Answer {
        let (Answer::Waiting(mut waiting), Some(deadline)) = (answer.clone(), self.deadline) else {
            return answer;
        };
        if now >= deadline {
            return Answer::Failed(Failed {
                cause: Cause::Deadline,
                reason: "DeadlineExceeded".to_owned(),
                message: format!(
                    "the time for the deployment is over; {}",
                    Waiting { until: None, ..waiting }.line(now)
                ),
                part: Part::default(),
                is_running: true,
            });
        }
        waiting.until = waiting.until.map(|until| until.min(deadline));
        Answer::Waiting(waiting)
    }

    /// When to ask again at the latest, though nothing new is seen.
    pub fn ask_again(&self, answer: &Answer) -> Option<Timestamp> {
        let until = match answer {
            Answer::Waiting(waiting) => waiting.until,
            _ => None,
        };
        until.into_iter().chain(self.deadline).min()
    }
}

#[cfg(test)]
mod tests;
