//! What stands in the way of a pod that has not ended.

use super::attempt;
use super::class::{Class, Reason};
use super::events::EventsOf;
use super::graces::Graces;
use super::signal::{Grace, Signal, object};
use crate::objects::{ContainerStatus, Pod, Waiting};

/// What a pod is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// It does one task and ends.
    Task,
    /// It serves, and is to become ready.
    Server,
}

/// What the registry's answer says when the next pull will get the same one. The kubelet has one reason for
/// all: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/kubelet/images/types.go>.
const PERMANENT: [&str; 8] = [
    "not found",
    "manifest unknown",
    "name unknown",
    "unauthorized",
    "authentication required",
    "denied",
    "no match for platform",
    "forbidden",
];

/// All that stands in the way of a pod.
pub(super) fn signals(
    pod: &Pod,
    events: EventsOf<'_>,
    purpose: Purpose,
    graces: &Graces,
) -> Vec<Signal> {
    if pod.has_ended() || pod.metadata.is_going() {
        return Vec::new();
    }
    if let Some(signal) = scheduling(pod, events, graces) {
        return vec![signal];
    }
    let mut signals: Vec<Signal> = pod
        .statuses()
        .filter_map(|status| container(pod, status, events, purpose, graces))
        .collect();
    if signals.is_empty() && !has_started(pod, events) {
        signals.extend(preparation(pod, events, graces));
    }
    signals
}

/// No node was found yet.
fn scheduling(pod: &Pod, events: EventsOf<'_>, graces: &Graces) -> Option<Signal> {
    let conditions = &pod.status.conditions;
    let scheduled = conditions.iter().find(|condition| condition.kind == "PodScheduled")?;
    if scheduled.status != "False" {
        return None;
    }
    let grace = match scheduled.reason.as_str() {
        // Held back on purpose: https://kubernetes.io/docs/concepts/scheduling-eviction/pod-scheduling-readiness/
        "SchedulingGated" => Grace::Unlimited,
        _ if events.last(&["TriggeredScaleUp"]).is_some() => Grace::For(graces.scale_up),
        _ => Grace::For(graces.scheduling),
    };
    let (word, message) = (&scheduled.reason, &scheduled.message);
    let reason = Reason::new(Class::Capacity, word, message, object("Pod", &pod.metadata));
    Some(Signal { reason, grace })
}

fn container(
    pod: &Pod,
    status: &ContainerStatus,
    events: EventsOf<'_>,
    purpose: Purpose,
    graces: &Graces,
) -> Option<Signal> {
    if let Some(waiting) = &status.state.waiting {
        return waits(pod, status, waiting, events, purpose, graces);
    }
    let is_main = pod.spec.init_containers.iter().all(|container| container.name != status.name);
    if purpose == Purpose::Server && is_main && status.state.running.is_some() && !status.ready {
        let probe = events.last(&["Unhealthy"]).map_or("", |event| &event.message);
        let reason = of_container(pod, status, Class::Application, "NotReady", probe);
        return Some(Signal { reason, grace: Grace::For(graces.readiness) });
    }
    None
}

fn waits(
    pod: &Pod,
    status: &ContainerStatus,
    waiting: &Waiting,
    events: EventsOf<'_>,
    purpose: Purpose,
    graces: &Graces,
) -> Option<Signal> {
    let Waiting { reason: word, message } = waiting;
    let (class, grace) = match word.as_str() {
        // Not told apart from a container whose turn has not come.
        "" | "ContainerCreating" | "PodInitializing" => return None,
        "InvalidImageName" | "ErrImageNeverPull" | "SignatureValidationFailed" => {
            (Class::Config, Grace::None)
        }
        "CrashLoopBackOff" => return Some(crashes(pod, status, waiting, purpose, graces)),
        "CreateContainerConfigError" => (Class::Config, Grace::For(graces.config)),
        word if word.starts_with("CreateContainer") || word.starts_with("RunContainer") => {
            let is_over = events.times("Failed", "Error: ") >= graces.starts;
            (Class::Config, if is_over { Grace::None } else { Grace::For(graces.create) })
        }
        word if word.contains("Image") || word.starts_with("Registry") => {
            let said = message.to_lowercase();
            let is_permanent = PERMANENT.iter().any(|answer| said.contains(answer));
            let is_over = events.times("Failed", "Failed to pull image") >= graces.pulls;
            let is_doomed = is_permanent || is_over;
            (Class::Registry, if is_doomed { Grace::None } else { Grace::For(graces.registry) })
        }
        // A reason that we do not know is told and never guessed at.
        _ => (Class::Deadline, Grace::Unlimited),
    };
    Some(Signal { reason: of_container(pod, status, class, word, message), grace })
}

/// A container that ended and waits to be started again in the same pod.
fn crashes(
    pod: &Pod,
    status: &ContainerStatus,
    waiting: &Waiting,
    purpose: Purpose,
    graces: &Graces,
) -> Signal {
    let ended = status.last_state.terminated.as_ref();
    let reason = ended.map_or_else(
        || of_container(pod, status, Class::Application, &waiting.reason, &waiting.message),
        |ended| attempt::of_end(pod, &status.name, ended),
    );
    let grace = match purpose {
        // The Job counts its attempts itself.
        Purpose::Task => Grace::Unlimited,
        Purpose::Server if status.restart_count >= graces.restarts => Grace::None,
        Purpose::Server => Grace::Unlimited,
    };
    Signal { reason, grace }
}

/// The node is done with volumes and network: it pulls an image, or a container has run. What events said of
/// them before is over.
fn has_started(pod: &Pod, events: EventsOf<'_>) -> bool {
    let has_run =
        |status: &ContainerStatus| status.restart_count > 0 || status.state.waiting.is_none();
    pod.statuses().any(has_run)
        || events.last(&["Pulling", "Pulled", "Created", "Started"]).is_some()
}

/// What the node does before it starts a container: volumes, network. Only events tell of it, while all
/// states stay as they are.
fn preparation(pod: &Pod, events: EventsOf<'_>, graces: &Graces) -> Option<Signal> {
    let volume = events.last(&["FailedMount", "FailedAttachVolume"]);
    let network = events.last(&["FailedCreatePodSandBox"]);
    let (class, event) = match (volume, network) {
        (Some(volume), _) => (Class::Config, volume),
        (None, Some(network)) => (Class::Infrastructure, network),
        (None, None) => return None,
    };
    let reason = Reason::new(class, &event.reason, &event.message, object("Pod", &pod.metadata));
    Some(Signal { reason, grace: Grace::For(graces.mount) })
}

fn of_container(
    pod: &Pod,
    status: &ContainerStatus,
    class: Class,
    word: &str,
    message: &str,
) -> Reason {
    Reason::new(class, word, message, object("Pod", &pod.metadata)).in_container(&status.name)
}
