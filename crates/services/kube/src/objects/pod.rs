//! [Pods](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/).

use super::{Condition, Metadata};
use jiff::Timestamp;
use serde::Deserialize;

/// A Pod.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Pod {
    /// Name, UID, owners.
    pub metadata: Metadata,
    /// What was asked for.
    pub spec: PodSpec,
    /// What the node and the scheduler say.
    pub status: PodStatus,
}

/// What a Pod asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodSpec {
    /// The node that it was given.
    pub node_name: String,
    /// Main containers.
    pub containers: Vec<Container>,
    /// Containers that run before, and sidecars.
    pub init_containers: Vec<Container>,
}

/// A container of a Pod.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Container {
    /// Name.
    pub name: String,
    /// Image as the manifest names it.
    pub image: String,
    /// `Always` makes a sidecar of an init container.
    pub restart_policy: Option<String>,
}

/// What the node and the scheduler say of a Pod.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodStatus {
    /// `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`.
    pub phase: String,
    /// Why it failed as a whole: `Evicted`, `OutOfcpu`, …
    pub reason: String,
    /// The same in a sentence.
    pub message: String,
    /// `PodScheduled`, `Ready`, `DisruptionTarget`, …
    pub conditions: Vec<Condition>,
    /// Of its main containers.
    pub container_statuses: Vec<ContainerStatus>,
    /// Of its init containers and sidecars.
    pub init_container_statuses: Vec<ContainerStatus>,
}

/// What the node says of a container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerStatus {
    /// Name.
    pub name: String,
    /// It answers its readiness probe, or has none and runs.
    pub ready: bool,
    /// How often it was started again in this Pod.
    pub restart_count: u32,
    /// Now.
    pub state: ContainerState,
    /// Before it was started again.
    pub last_state: ContainerState,
}

/// What a container does: one of the fields is set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ContainerState {
    /// It has not started.
    pub waiting: Option<Waiting>,
    /// It runs.
    pub running: Option<Running>,
    /// It ended.
    pub terminated: Option<Terminated>,
}

/// Why a container has not started.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Waiting {
    /// `ImagePullBackOff`, `ContainerCreating`, …
    pub reason: String,
    /// The same in a sentence.
    pub message: String,
}

/// Since when a container runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Running {
    /// Start.
    pub started_at: Option<Timestamp>,
}

/// How a container ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Terminated {
    /// Exit code; 128 and the number of the signal where a signal ended it.
    pub exit_code: i32,
    /// `Completed`, `Error`, `OOMKilled`, `StartError`, …
    pub reason: String,
    /// What it wrote to its termination message, or the last lines of its log.
    pub message: String,
}

impl Pod {
    /// It ended, well or not.
    pub fn has_ended(&self) -> bool {
        matches!(self.status.phase.as_str(), "Succeeded" | "Failed")
    }

    /// The init container of this name runs beside the main ones and is no part of the work.
    pub fn is_sidecar(&self, name: &str) -> bool {
        let of_name = self.spec.init_containers.iter().find(|container| container.name == name);
        of_name.is_some_and(|container| container.restart_policy.as_deref() == Some("Always"))
    }

    /// What the node says of all containers, main ones first.
    pub fn statuses(&self) -> impl Iterator<Item = &ContainerStatus> {
        self.status.container_statuses.iter().chain(&self.status.init_container_statuses)
    }
}
