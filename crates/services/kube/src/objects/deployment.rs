//! [Deployments](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/deployment-v1/) and the
//! ReplicaSets that they make.

use super::{Condition, Metadata};
use serde::Deserialize;

/// A Deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Deployment {
    /// Name, UID, generation.
    pub metadata: Metadata,
    /// What was asked for.
    pub spec: DeploymentSpec,
    /// What the controller says.
    pub status: DeploymentStatus,
}

/// What a Deployment asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeploymentSpec {
    /// Pods; the server writes 1 where it was absent.
    pub replicas: Option<u32>,
    /// The controller does not roll it out while this is set.
    pub paused: bool,
}

/// What the controller says of a Deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeploymentStatus {
    /// The generation that the rest of the status is of.
    pub observed_generation: i64,
    /// Pods of all revisions.
    pub replicas: u32,
    /// Pods of the newest revision.
    pub updated_replicas: u32,
    /// Pods that have been ready for long enough.
    pub available_replicas: u32,
    /// `Progressing`, `Available`, `ReplicaFailure`.
    pub conditions: Vec<Condition>,
}

/// The pods of one revision of a Deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ReplicaSet {
    /// Name, UID, owners.
    pub metadata: Metadata,
    /// What was asked for.
    pub spec: ReplicaSetSpec,
    /// What the controller says.
    pub status: ReplicaSetStatus,
}

/// What a ReplicaSet asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ReplicaSetSpec {
    /// Pods.
    pub replicas: Option<u32>,
}

/// What the controller says of a ReplicaSet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReplicaSetStatus {
    /// Pods that it has.
    pub replicas: u32,
    /// Pods that have been ready for long enough.
    pub available_replicas: u32,
    /// `ReplicaFailure`.
    pub conditions: Vec<Condition>,
}

impl ReplicaSet {
    /// The revision of its Deployment, 1 for the first; 0 where the controller has not said.
    pub fn revision(&self) -> u64 {
        let text = self.metadata.annotations.get("deployment.kubernetes.io/revision");
        text.and_then(|text| text.parse().ok()).unwrap_or(0)
    }
}
