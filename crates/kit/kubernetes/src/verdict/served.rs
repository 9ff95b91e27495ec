//! Deployments: by their newest ReplicaSet and its pods, never by `progressDeadlineSeconds`.

use super::answer::{Answer, Failed, Part, Waiting};
use super::pod::View;
use super::signal::{Patience, Signal};
use super::{Cause, Engine, Seen};
use crate::object::{Condition, Deployment, Event, Pod, ReplicaSet};
use jiff::Timestamp;

/// The annotation by which the controller numbers templates.
const REVISION: &str = "deployment.kubernetes.io/revision";

impl Engine {
    pub(super) fn deployment(
        &mut self,
        deployment: &Deployment,
        seen: &Seen<'_>,
        now: Timestamp,
    ) -> Answer {
        let (spec, status) = (&deployment.spec, &deployment.status);
        if status.observed_generation < deployment.metadata.generation {
            return Answer::Waiting(Waiting::for_the("the controller to see the new template"));
        }
        let wanted = spec.replicas.unwrap_or(1);
        let is_done = status.updated_replicas == wanted
            && status.replicas == wanted
            && status.available_replicas == wanted;
        if is_done {
            return Answer::Succeeded;
        }
        if spec.paused == Some(true) {
            let waiting = Waiting::for_the("somebody to resume the rollout");
            return Answer::Waiting(waiting.because("Paused", ""));
        }
        let newest = newest(deployment, seen.replica_sets);
        let pods: Vec<&Pod> = match newest {
            Some(set) => seen.pods.iter().filter(|pod| is_of(pod, set)).collect(),
            None => Vec::new(),
        };
        let mut signals: Vec<Signal> = Vec::new();
        for pod in pods.iter().filter(|pod| pod.is_active()) {
            let view = View { pod, events: seen.events, graces: &self.graces, is_served: true };
            signals.extend(view.signals());
            signals.extend(self.unready(pod, seen.events));
        }
        signals.extend(self.refused(deployment, newest, seen.events, pods.is_empty()));
        if let Some(answer @ Answer::Failed(_)) = self.sightings.judge(signals.clone(), now) {
            return answer;
        }
        let progressing = status.conditions.iter().find(|it| it.kind == "Progressing");
        if let Some(stopped) = progressing.filter(|it| it.reason == "ProgressDeadlineExceeded") {
            let trouble = signals.iter().min_by_key(|signal| signal.cause);
            return Answer::Failed(Failed {
                cause: trouble.map_or(Cause::Deadline, |signal| signal.cause),
                reason: stopped.reason.clone(),
                message: match trouble {
                    Some(signal) => format!("{}: {}", stopped.message, signal.message),
                    None => stopped.message.clone(),
                },
                part: trouble.map_or_else(Part::default, |signal| signal.part.clone()),
                is_running: true,
            });
        }
        self.sightings.judge(signals, now).unwrap_or_else(|| {
            let is_old_left = status.replicas > status.updated_replicas;
            Answer::Waiting(match is_old_left && status.updated_replicas == wanted {
                true => Waiting::for_the("pods of the last revision to go"),
                false => Waiting::for_the(format!(
                    "{wanted} pods to be available ({} are)",
                    status.available_replicas.min(status.updated_replicas)
                )),
            })
        })
    }

    /// A pod whose probe fails.
    fn unready(&self, pod: &Pod, events: &[Event]) -> Option<Signal> {
        let is_ready = Condition::holding(&pod.status.conditions, "Ready").is_some();
        let unhealthy = events
            .iter()
            .filter(|event| event.reason == "Unhealthy" && event.is_about("Pod", &pod.metadata))
            .max_by_key(|event| event.last())?;
        (!is_ready).then(|| Signal {
            key: format!("{} ready", pod.metadata.name),
            cause: Cause::Application,
            what: "the pod to be ready",
            reason: unhealthy.reason.clone(),
            message: unhealthy.message.clone(),
            part: Part { pod: pod.metadata.name.clone(), ..Part::default() },
            patience: Patience::For(self.graces.application),
        })
    }

    /// Pods that the cluster does not let the ReplicaSet make.
    fn refused(
        &self,
        deployment: &Deployment,
        set: Option<&ReplicaSet>,
        events: &[Event],
        has_no_pod: bool,
    ) -> Option<Signal> {
        let of_set = set.map_or(&[][..], |set| &set.status.conditions);
        let all = of_set.iter().chain(&deployment.status.conditions);
        let condition = all.into_iter().find(|it| it.kind == "ReplicaFailure" && it.holds());
        let event = set.and_then(|set| {
            let own = events.iter().filter(|event| {
                event.reason.starts_with("FailedCreate")
                    && event.is_about("ReplicaSet", &set.metadata)
            });
            own.max_by_key(|event| event.last()).filter(|_| has_no_pod)
        });
        let (reason, message) = match (condition, event) {
            (Some(condition), _) => (&condition.reason, &condition.message),
            (None, Some(event)) => (&event.reason, &event.message),
            (None, None) => return None,
        };
        Some(Signal {
            key: "no-pod admission".to_owned(),
            cause: Cause::Admission,
            what: "a pod",
            reason: reason.clone(),
            message: message.clone(),
            part: Part::default(),
            patience: Patience::For(self.graces.admission),
        })
    }
}

/// The ReplicaSet of the newest template.
fn newest<'a>(deployment: &Deployment, sets: &'a [ReplicaSet]) -> Option<&'a ReplicaSet> {
    let is_own = |set: &&ReplicaSet| {
        let owners = &set.metadata.owner_references;
        owners.iter().any(|owner| owner.uid == deployment.metadata.uid)
    };
    let number = |set: &&ReplicaSet| -> u64 {
        set.metadata.annotations.get(REVISION).and_then(|it| it.parse().ok()).unwrap_or(0)
    };
    sets.iter().filter(is_own).max_by_key(number)
}

fn is_of(pod: &Pod, set: &ReplicaSet) -> bool {
    pod.metadata.owner_references.iter().any(|owner| owner.uid == set.metadata.uid)
}
