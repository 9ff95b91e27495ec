//! The verdict engine: how a workload stands, from what the cluster says of it.
//!
//! [`Engine::judge`] gets all that is known at a moment and the time, and returns a [`Standing`]. It remembers
//! since when each obstacle has stood, and nothing else; so the states of a real cluster can be recorded and
//! replayed on a clock of the test's own. What decides, in this order:
//!
//! 1. What the controller says at last, or is about to say: `Complete`, `Failed`, and before them
//!    `SuccessCriteriaMet` and `FailureTarget`.
//! 2. An obstacle that cannot mend itself, or has stood longer than its grace ([`Graces`]).
//! 3. The deadline.
//!
//! Words of the cluster that we do not know are reported as they are and never end a deployment by themselves.

mod attempt;
mod class;
mod deployment;
mod events;
mod graces;
mod job;
mod obstacles;
mod pod;
mod signal;

pub use class::{Class, Reason};
pub use graces::Graces;

use crate::objects::{Deployment, Event, Job, Pod, ReplicaSet};
use jiff::{SignedDuration, Timestamp};
use obstacles::Obstacles;
use robot_model::ObjectRef;

/// All that is known of a workload at a moment.
#[derive(Debug, Clone, Copy)]
pub struct Observed<'a> {
    /// The workload itself.
    pub subject: Subject<'a>,
    /// Pods, of others as well.
    pub pods: &'a [Pod],
    /// Events, of others as well; in the order in which they happened.
    pub events: &'a [Event],
}

/// The workload as the server has it; `None` when it is gone.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// A robot that does one task.
    Job(Option<&'a Job>),
    /// A robot that serves.
    Deployment(Option<&'a Deployment>, &'a [ReplicaSet]),
}

/// How a workload stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The task is done, or the server is rolled out.
    Succeeded,
    /// It failed, or will.
    Failed {
        /// Why.
        reason: Reason,
        /// The cluster still tries: whoever gives up has to stop it.
        is_running: bool,
    },
    /// Something stands in the way that may pass.
    Waiting {
        /// What.
        reason: Reason,
        /// How much longer it is waited for; without it until the deadline.
        left: Option<SignedDuration>,
    },
    /// It starts or works.
    Working {
        /// Which attempt at the task, from 1; 0 of a server.
        attempt: u32,
    },
}

/// What is to be watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The object that was made. Another UID under its name is another's.
    pub object: ObjectRef,
    /// The generation that was made; a later one is another's. 0 to accept all.
    pub generation: i64,
    /// When waiting ends, whatever the state.
    pub deadline: Option<Timestamp>,
}

/// Judges one workload from its creation to its end.
#[derive(Debug)]
pub struct Engine {
    expected: Expected,
    obstacles: Obstacles,
    graces: Graces,
}

impl Engine {
    /// Nothing has been seen of it yet.
    pub fn new(expected: Expected, graces: Graces) -> Self {
        Self { expected, obstacles: Obstacles::default(), graces }
    }

    /// How it stands at `now`.
    pub fn judge(&mut self, observed: &Observed<'_>, now: Timestamp) -> Standing {
        let view = match observed.subject {
            Subject::Job(job) => job::view(&self.expected, job, observed, &self.graces),
            Subject::Deployment(deployment, sets) => {
                deployment::view(&self.expected, deployment, sets, observed, &self.graces)
            }
        };
        let (signals, attempt) = match view {
            View::Ended(standing) => return standing,
            View::Open(signals, attempt) => (signals, attempt),
        };
        let obstacle = self.obstacles.first(signals, now);
        if let Some((reason, Some(left))) = &obstacle
            && !left.is_positive()
        {
            return Standing::Failed { reason: reason.clone(), is_running: true };
        }
        if self.expected.deadline.is_some_and(|deadline| now >= deadline) {
            let reason = obstacle.map_or_else(|| self.too_long(), |(reason, _)| reason);
            return Standing::Failed { reason, is_running: true };
        }
        match obstacle {
            Some((reason, left)) => Standing::Waiting { reason, left },
            None => Standing::Working { attempt },
        }
    }

    /// When to judge again though nothing has changed: a grace or the deadline ends.
    pub fn wake_at(&self) -> Option<Timestamp> {
        self.obstacles.ends().into_iter().chain(self.expected.deadline).min()
    }

    fn too_long(&self) -> Reason {
        let object = self.expected.object.clone();
        Reason::new(Class::Deadline, "DeadlineExceeded", "it did not end in time", object)
    }
}

/// What the objects say, before the clock is asked.
enum View {
    /// It is decided.
    Ended(Standing),
    /// It is not; what stands in the way, and which attempt runs.
    Open(Vec<signal::Signal>, u32),
}

impl View {
    fn failed(reason: Reason) -> Self {
        Self::Ended(Standing::Failed { reason, is_running: false })
    }

    /// The object is not the one that was made.
    fn superseded(expected: &Expected, message: &str) -> Self {
        let object = expected.object.clone();
        Self::failed(Reason::new(Class::Superseded, "Superseded", message, object))
    }

    /// It is gone, and nobody saw its end.
    fn gone(expected: &Expected) -> Self {
        let message = "it was deleted before its end was seen";
        let object = expected.object.clone();
        Self::failed(Reason::new(Class::Infrastructure, "Deleted", message, object))
    }
}
