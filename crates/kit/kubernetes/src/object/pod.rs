//! Pods: <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/>.

use super::{Condition, Metadata, or_default};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A pod.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Pod {
    /// Its identity.
    pub metadata: Metadata,
    /// What was asked for.
    #[serde(default)]
    pub spec: PodSpec,
    /// What has become of it.
    #[serde(default)]
    pub status: PodStatus,
}

/// `PodSpec`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodSpec {
    /// `Always`, `OnFailure` or `Never`.
    #[serde(deserialize_with = "or_default")]
    pub restart_policy: String,
    /// Where it runs.
    pub node_name: Option<String>,
    /// Containers.
    #[serde(deserialize_with = "or_default")]
    pub containers: Vec<Container>,
    /// Containers that come before; those that restart always are sidecars.
    #[serde(deserialize_with = "or_default")]
    pub init_containers: Vec<Container>,
}

/// A container as asked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Container {
    /// Name.
    pub name: String,
    /// `Always` makes an init container a sidecar (KEP-753); others are of KEP-5307.
    pub restart_policy: Option<String>,
    /// What an exit code does to the container in place (KEP-5307).
    #[serde(deserialize_with = "or_default")]
    pub restart_policy_rules: Vec<Value>,
}

/// `PodStatus`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodStatus {
    /// `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`.
    #[serde(deserialize_with = "or_default")]
    pub phase: String,
    /// Why it is so: `Evicted`.
    #[serde(deserialize_with = "or_default")]
    pub reason: String,
    /// A sentence.
    #[serde(deserialize_with = "or_default")]
    pub message: String,
    /// When the node took it.
    pub start_time: Option<Timestamp>,
    /// Conditions.
    #[serde(deserialize_with = "or_default")]
    pub conditions: Vec<Condition>,
    /// Containers.
    #[serde(deserialize_with = "or_default")]
    pub container_statuses: Vec<ContainerStatus>,
    /// Init containers and sidecars.
    #[serde(deserialize_with = "or_default")]
    pub init_container_statuses: Vec<ContainerStatus>,
}

/// `ContainerStatus`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerStatus {
    /// Name.
    pub name: String,
    /// The image as asked for.
    #[serde(deserialize_with = "or_default")]
    pub image: String,
    /// How often it was started again.
    #[serde(deserialize_with = "or_default")]
    pub restart_count: u32,
    /// Whether it takes requests.
    #[serde(deserialize_with = "or_default")]
    pub ready: bool,
    /// What it does now.
    #[serde(deserialize_with = "or_default")]
    pub state: ContainerState,
    /// How it ended before it was started again.
    #[serde(deserialize_with = "or_default")]
    pub last_state: ContainerState,
}

/// `ContainerState`: at most one is there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContainerState {
    /// It has not begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Waiting>,
    /// It runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub running: Option<Running>,
    /// It has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminated: Option<Terminated>,
}

/// Why a container has not begun.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Waiting {
    /// One word: `ImagePullBackOff`.
    #[serde(deserialize_with = "or_default")]
    pub reason: String,
    /// A sentence.
    #[serde(deserialize_with = "or_default")]
    pub message: String,
}

/// Since when a container runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Running {
    /// When it began.
    pub started_at: Option<Timestamp>,
}

/// How a container ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Terminated {
    /// Exit code; 128 and more than that is 128 and the signal's number.
    #[serde(deserialize_with = "or_default")]
    pub exit_code: i32,
    /// One word: `OOMKilled`.
    #[serde(deserialize_with = "or_default")]
    pub reason: String,
    /// A sentence.
    #[serde(deserialize_with = "or_default")]
    pub message: String,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

impl Pod {
    /// Whether it has come to its end.
    pub fn has_ended(&self) -> bool {
        matches!(self.status.phase.as_str(), "Succeeded" | "Failed")
    }

    /// Whether it still has work before it: neither ended nor asked to go.
    pub fn is_active(&self) -> bool {
        !self.has_ended() && self.metadata.deletion_timestamp.is_none()
    }

    /// Whether a container is one that only goes along: an init container that restarts always.
    pub fn is_sidecar(&self, name: &str) -> bool {
        let init = self.spec.init_containers.iter().find(|container| container.name == name);
        init.is_some_and(|container| container.restart_policy.as_deref() == Some("Always"))
    }

    /// Whether the exit of a container is not the end of the pod's attempt, as it is started again in place.
    pub fn restarts_in_place(&self, name: &str) -> bool {
        let all = self.spec.containers.iter().chain(&self.spec.init_containers);
        let own = all.into_iter().find(|container| container.name == name);
        let has_rules = own.is_some_and(|container| !container.restart_policy_rules.is_empty());
        let policy = own.and_then(|container| container.restart_policy.as_deref());
        let policy = policy.unwrap_or(&self.spec.restart_policy);
        has_rules || matches!(policy, "Always" | "OnFailure" | "")
    }
}
