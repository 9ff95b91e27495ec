//! Why a pod failed. A pod is one attempt: a container that ended and is started again in the same pod
//! (`restartPolicyRules`, `OnFailure`) has not ended the attempt.

use super::class::{Class, Reason};
use super::signal::object;
use crate::objects::{Condition, ContainerStatus, Pod, Terminated};

/// Exit code of a process that signal 9 ended.
const KILLED: i32 = 137;
/// Exit codes of a shell that cannot run a command: the next attempt gets the same.
const NOT_RUNNABLE: [i32; 2] = [126, 127];

/// Why a pod of phase `Failed` failed.
pub(super) fn failure(pod: &Pod) -> Reason {
    let status = &pod.status;
    // The cluster took the pod away, whatever its containers said of it.
    if let Some(disruption) = Condition::find(&status.conditions, "DisruptionTarget") {
        return of_pod(pod, Class::Infrastructure, &disruption.reason, &disruption.message);
    }
    if let Some(class) = class_of_pod(&status.reason) {
        return of_pod(pod, class, &status.reason, &status.message);
    }
    match broken(pod) {
        Some((container, ended)) => of_end(pod, &container.name, ended),
        None => of_pod(pod, Class::Infrastructure, &status.reason, &status.message),
    }
}

/// Another attempt cannot end otherwise, though the Job would start one.
pub(super) fn is_hopeless(reason: &Reason) -> bool {
    reason.class == Class::Config
        || reason.exit_code.is_some_and(|code| NOT_RUNNABLE.contains(&code))
}

/// Reasons that a pod as a whole has, by their beginnings: `OutOfcpu`, `OutOfmemory`, …
fn class_of_pod(reason: &str) -> Option<Class> {
    const OF_THE_NODE: [&str; 7] = [
        "Evicted",
        "NodeLost",
        "NodeShutdown",
        "Terminated",
        "Shutdown",
        "Preempt",
        "UnexpectedAdmission",
    ];
    let starts = |start: &str| reason.starts_with(start);
    match reason {
        "" => None,
        "DeadlineExceeded" => Some(Class::Deadline),
        reason if reason.starts_with("OutOf") => Some(Class::Capacity),
        _ if OF_THE_NODE.iter().any(|start| starts(start)) => Some(Class::Infrastructure),
        _ => None,
    }
}

/// The container that failed: a main one, else one that runs before them. A sidecar is stopped when the others
/// have ended, and its end says nothing.
fn broken(pod: &Pod) -> Option<(&ContainerStatus, &Terminated)> {
    let ended = pod.statuses().filter(|status| !pod.is_sidecar(&status.name));
    let mut failed = ended.filter_map(|status| {
        let ended = status.state.terminated.as_ref()?;
        (ended.exit_code != 0).then_some((status, ended))
    });
    failed.next()
}

/// Why a container ended.
pub(super) fn of_end(pod: &Pod, container: &str, ended: &Terminated) -> Reason {
    let word = match ended.reason.as_str() {
        "" => "Error",
        word => word,
    };
    let class = match word {
        "OOMKilled" => Class::Resources,
        // The node lost sight of it.
        "ContainerStatusUnknown" => Class::Infrastructure,
        // The command is not in the image, or may not be run.
        "StartError" | "ContainerCannotRun" => Class::Config,
        _ if ended.exit_code == KILLED => Class::Resources,
        _ => Class::Application,
    };
    let is_silent_kill = ended.exit_code == KILLED && word == "Error" && ended.message.is_empty();
    let message = match is_silent_kill {
        true => "killed by signal 9; the node does not say that memory ran out".to_owned(),
        false => ended.message.clone(),
    };
    let reason = Reason::new(class, word, &message, object("Pod", &pod.metadata));
    Reason { exit_code: Some(ended.exit_code), ..reason.in_container(container) }
}

fn of_pod(pod: &Pod, class: Class, word: &str, message: &str) -> Reason {
    let word = if word.is_empty() { "Failed" } else { word };
    Reason::new(class, word, message, object("Pod", &pod.metadata))
}
