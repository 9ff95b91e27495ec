//! How a pod that has ended came to its end.

use super::Cause;
use super::answer::Part;
use crate::object::{Condition, ContainerStatus, Pod, Terminated};

/// How one attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    pub(super) cause: Cause,
    pub(super) reason: String,
    pub(super) message: String,
    pub(super) part: Part,
    /// Whether another attempt of the same would end in the same way.
    pub(super) is_lasting: bool,
}

/// Words of `status.reason` of pods that the node or the cluster took away; others may follow each.
const TAKEN: [&str; 7] = [
    "Evicted",
    "Node",
    "Preempt",
    "Terminated",
    "Shutdown",
    "UnexpectedAdmissionError",
    "TopologyAffinityError",
];

/// How a failed pod ended; `None` where it has not failed.
pub(super) fn end_of(pod: &Pod) -> Option<End> {
    if pod.status.phase != "Failed" {
        return None;
    }
    let status = &pod.status;
    let part = Part { pod: pod.metadata.name.clone(), ..Part::default() };
    let end = |cause, reason: &str, message: &str| End {
        cause,
        reason: reason.to_owned(),
        message: message.to_owned(),
        part: part.clone(),
        is_lasting: false,
    };
    if status.reason.starts_with("OutOf") || status.reason == "NodeAffinity" {
        return Some(end(Cause::Capacity, &status.reason, &status.message));
    }
    if TAKEN.iter().any(|word| status.reason.starts_with(word)) {
        return Some(end(Cause::Infrastructure, &status.reason, &status.message));
    }
    if let Some(taken) = Condition::holding(&status.conditions, "DisruptionTarget") {
        return Some(end(Cause::Infrastructure, &taken.reason, &taken.message));
    }
    if status.reason == "DeadlineExceeded" {
        return Some(end(Cause::Deadline, &status.reason, &status.message));
    }
    if let Some((container, terminated)) = culprit(pod) {
        return Some(of_container(pod, container, terminated));
    }
    Some(end(Cause::Unknown, &status.reason, &status.message))
}

/// The container to blame: the first init container that failed, else the first other one. A sidecar that
/// is stopped after the work ends with an error too, and is not to blame.
fn culprit(pod: &Pod) -> Option<(&ContainerStatus, &Terminated)> {
    let status = &pod.status;
    let work = status.init_container_statuses.iter().filter(|it| !pod.is_sidecar(&it.name));
    work.chain(&status.container_statuses).find_map(|container| {
        let terminated = container.state.terminated.as_ref()?;
        (terminated.exit_code != 0).then_some((container, terminated))
    })
}

/// How a container ended.
pub(super) fn of_container(pod: &Pod, container: &ContainerStatus, ended: &Terminated) -> End {
    let code = ended.exit_code;
    let part = Part {
        pod: pod.metadata.name.clone(),
        container: container.name.clone(),
        exit_code: Some(code),
    };
    // `StartError` is containerd's word, `ContainerCannotRun` docker's.
    let could_not_start =
        ["StartError", "ContainerCannotRun"].iter().any(|word| ended.reason.starts_with(word));
    let (cause, is_lasting) = match code {
        _ if ended.reason == "OOMKilled" => (Cause::Resources, false),
        _ if could_not_start => (Cause::Config, true),
        137 => (Cause::Resources, false),
        // The shell's codes for a program that cannot be run or is not there.
        126 | 127 => (Cause::Application, true),
        _ => (Cause::Application, false),
    };
    let message = match ended.message.is_empty() {
        false => ended.message.clone(),
        true if ended.reason == "OOMKilled" => {
            format!("container {} used more memory than its limit", container.name)
        }
        true if code == 137 => format!(
            "container {} was killed (SIGKILL); nobody says that memory was the reason",
            container.name
        ),
        true if code == 126 => {
            format!("container {}: the program cannot be run (exit code 126)", container.name)
        }
        true if code == 127 => {
            format!("container {}: the program was not found (exit code 127)", container.name)
        }
        true => format!("container {} ended with exit code {code}", container.name),
    };
    End { cause, reason: ended.reason.clone(), message, part, is_lasting }
}
