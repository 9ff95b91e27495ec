//! Jobs.

use super::answer::{Answer, Failed, Part, Waiting};
use super::attempt::{self, End};
use super::pod::View;
use super::signal::{Patience, Signal};
use super::{Cause, Engine, Seen};
use crate::object::{Condition, Event, Job, Pod};
use jiff::Timestamp;

/// The controller that is built into Kubernetes, as `managedBy` names it.
const BUILT_IN: &str = "kubernetes.io/job-controller";

impl Engine {
    pub(super) fn job(&mut self, job: &Job, seen: &Seen<'_>, now: Timestamp) -> Answer {
        if let Some(answer) = ended(job, seen.pods) {
            return answer;
        }
        self.remember(job, seen.pods);
        if job.spec.suspend == Some(true) {
            let queue = job.metadata.labels.get("kueue.x-k8s.io/queue-name");
            let queue = queue.map_or_else(String::new, |queue| format!("queue {queue}"));
            return Answer::Waiting(
                Waiting::for_the("its turn, as the Job is suspended").because("Suspended", &queue),
            );
        }
        let mut signals: Vec<Signal> = Vec::new();
        let active: Vec<&Pod> = seen.pods.iter().filter(|pod| pod.is_active()).collect();
        for pod in &active {
            let view = View { pod, events: seen.events, graces: &self.graces, is_served: false };
            signals.extend(view.signals());
        }
        let last = last_end(seen.pods);
        signals.extend(last.as_ref().filter(|end| end.is_lasting).map(hopeless));
        if active.is_empty() {
            signals.extend(self.without_pod(job, seen));
        }
        self.sightings.judge(signals, now).unwrap_or_else(|| {
            Answer::Waiting(match (active.as_slice(), last) {
                ([], _) if job.status.terminating > 0 => {
                    Waiting::for_the("pods of the last attempt to go")
                }
                ([], Some(end)) => {
                    Waiting::for_the("the next attempt").because(&end.reason, &end.message)
                }
                ([], None) => Waiting::for_the("a pod"),
                ([pod, ..], _) => progress(pod),
            })
        })
    }

    /// Why there may be no pod.
    fn without_pod(&self, job: &Job, seen: &Seen<'_>) -> Option<Signal> {
        if job.status.terminating > 0 {
            return None;
        }
        if let Some(other) = job.spec.managed_by.as_deref().filter(|other| *other != BUILT_IN) {
            return Some(self.missing(
                Cause::Admission,
                ("managedBy", &format!("{other} makes the pods of this Job")),
                Patience::Endless,
            ));
        }
        let made = seen.pods.iter().filter_map(|pod| pod.metadata.creation_timestamp).max();
        let is_recent = |event: &&Event| {
            event.is_about("Job", &job.metadata)
                && event.reason.starts_with("FailedCreate")
                && (made.is_none() || event.last() >= made)
        };
        let refused = seen.events.iter().filter(is_recent).max_by_key(|event| event.last());
        if let Some(event) = refused {
            return Some(self.missing(
                Cause::Admission,
                (&event.reason, &event.message),
                Patience::For(self.graces.admission),
            ));
        }
        // After an attempt the controller waits up to ten minutes before the next one.
        let had_any = !seen.pods.is_empty() || job.status.failed > 0 || job.status.succeeded > 0;
        (!had_any).then(|| {
            self.missing(
                Cause::Infrastructure,
                ("", "nobody made a pod, and no event says why"),
                Patience::For(self.graces.infrastructure),
            )
        })
    }

    fn missing(&self, cause: Cause, why: (&str, &str), patience: Patience) -> Signal {
        Signal {
            key: format!("no-pod {}", cause.word()),
            cause,
            what: "a pod",
            reason: why.0.to_owned(),
            message: why.1.to_owned(),
            part: Part::default(),
            patience,
        }
    }

    /// Keeps what proves success should the Job be removed before its end is seen.
    fn remember(&mut self, job: &Job, pods: &[Pod]) {
        let succeeded = pods.iter().filter(|pod| pod.status.phase == "Succeeded").count();
        let wanted = job.spec.completions.unwrap_or(1).max(1);
        self.has_succeeded |= i64::try_from(succeeded).is_ok_and(|count| count >= wanted);
        self.last_end = last_end(pods).or_else(|| self.last_end.take());
    }

    /// What to say of a Job that is not there any more.
    pub(super) fn gone(&self, by: Option<&str>) -> Answer {
        if let Some(by) = by {
            return superseded(by);
        }
        if self.has_succeeded {
            return Answer::Succeeded;
        }
        let (message, part) = match &self.last_end {
            Some(end) => {
                (format!("it was removed; its last attempt: {}", end.message), end.part.clone())
            }
            None => ("it was removed before its end was seen".to_owned(), Part::default()),
        };
        let cause = self.last_end.as_ref().map_or(Cause::Unknown, |end| end.cause);
        let (reason, is_running) = ("Removed".to_owned(), false);
        Answer::Failed(Failed { cause, reason, message, part, is_running })
    }
}

pub(super) fn superseded(by: &str) -> Answer {
    Answer::Failed(Failed {
        cause: Cause::Superseded,
        reason: "Superseded".to_owned(),
        message: format!("superseded by {by}"),
        part: Part::default(),
        is_running: false,
    })
}

/// The end of a Job, as soon as the controller has decided: it says so before the pods have ended.
fn ended(job: &Job, pods: &[Pod]) -> Option<Answer> {
    let conditions = &job.status.conditions;
    let holds =
        |kinds: [&str; 2]| kinds.into_iter().find_map(|kind| Condition::holding(conditions, kind));
    if let Some(failed) = holds(["Failed", "FailureTarget"]) {
        return Some(Answer::Failed(failure(failed, pods)));
    }
    holds(["Complete", "SuccessCriteriaMet"]).map(|_| Answer::Succeeded)
}

fn failure(condition: &Condition, pods: &[Pod]) -> Failed {
    let end = last_end(pods);
    let Condition { reason, message, .. } = condition;
    let is = |word: &str| reason.starts_with(word);
    let cause = match &end {
        _ if is("DeadlineExceeded") => Cause::Deadline,
        Some(end) if end.cause != Cause::Unknown => end.cause,
        _ if is("BackoffLimitExceeded") || is("PodFailurePolicy") => Cause::Application,
        _ if is("MaxFailedIndexesExceeded") || is("FailedIndexes") => Cause::Application,
        _ => Cause::Unknown,
    };
    // The controller's sentence does not say what the pod died of.
    let message = match (&end, stuck(pods)) {
        (Some(end), _) => format!("{message}: {}", end.message),
        (None, Some(why)) => format!("{message}: {why}"),
        (None, None) => message.clone(),
    };
    let part = end.map_or_else(Part::default, |end| end.part);
    Failed { cause, reason: reason.clone(), message, part, is_running: false }
}

/// What a container that never began was waiting for.
fn stuck(pods: &[Pod]) -> Option<String> {
    let newest = newest(pods)?;
    let all = newest.status.init_container_statuses.iter().chain(&newest.status.container_statuses);
    let mut waiting = all.filter_map(|container| container.state.waiting.as_ref());
    let waiting = waiting.find(|waiting| !waiting.message.is_empty())?;
    Some(format!("{}: {}", waiting.reason, waiting.message))
}

fn newest(pods: &[Pod]) -> Option<&Pod> {
    pods.iter().max_by_key(|pod| pod.metadata.creation_timestamp)
}

/// How the newest failed pod ended.
fn last_end(pods: &[Pod]) -> Option<End> {
    let failed = pods.iter().filter(|pod| pod.status.phase == "Failed");
    attempt::end_of(failed.max_by_key(|pod| pod.metadata.creation_timestamp)?)
}

/// An attempt that every later one would repeat.
fn hopeless(end: &End) -> Signal {
    Signal {
        key: format!("{} hopeless", end.part.pod),
        cause: end.cause,
        what: "the next attempt",
        reason: end.reason.clone(),
        message: end.message.clone(),
        part: end.part.clone(),
        patience: Patience::None,
    }
}

/// What a pod without trouble is doing.
pub(super) fn progress(pod: &Pod) -> Waiting {
    let status = &pod.status;
    let exited = status.container_statuses.iter().find(|container| {
        container.state.terminated.is_some() && pod.restarts_in_place(&container.name)
    });
    if let Some(container) = exited {
        let ended = container.state.terminated.as_ref();
        let code = ended.map_or(0, |ended| ended.exit_code);
        let message = format!("container {} ended with exit code {code}", container.name);
        return Waiting::for_the("the container to start again in place").because("", &message);
    }
    let runs = status.container_statuses.iter().any(|it| it.state.running.is_some());
    if runs {
        return Waiting::for_the("the robot to end");
    }
    let ended = status.container_statuses.iter().any(|it| it.state.terminated.is_some());
    if ended || pod.has_ended() {
        return Waiting::for_the("the controller to see the end of the pod");
    }
    let all = status.init_container_statuses.iter().chain(&status.container_statuses);
    let mut waiting = all.filter_map(|container| container.state.waiting.as_ref());
    match waiting.find(|waiting| !waiting.reason.is_empty()) {
        Some(waiting) => {
            Waiting::for_the("the container").because(&waiting.reason, &waiting.message)
        }
        None => Waiting::for_the("the pod to start"),
    }
}
