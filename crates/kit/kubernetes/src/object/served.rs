//! Deployments and their ReplicaSets.

use super::{Condition, Metadata, or_default};
use serde::{Deserialize, Serialize};

/// A Deployment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    /// Its identity.
    pub metadata: Metadata,
    /// What was asked for.
    #[serde(default)]
    pub spec: DeploymentSpec,
    /// What has become of it.
    #[serde(default)]
    pub status: DeploymentStatus,
}

/// `DeploymentSpec`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeploymentSpec {
    /// Pods that are wanted; the server's default is 1.
    pub replicas: Option<i64>,
    /// Whether rollouts are held back.
    pub paused: Option<bool>,
}

/// `DeploymentStatus`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeploymentStatus {
    /// The generation that the rest of the status is about.
    #[serde(deserialize_with = "or_default")]
    pub observed_generation: i64,
    /// Pods in all.
    #[serde(deserialize_with = "or_default")]
    pub replicas: i64,
    /// Pods of the newest template.
    #[serde(deserialize_with = "or_default")]
    pub updated_replicas: i64,
    /// Pods that have been ready for long enough.
    #[serde(deserialize_with = "or_default")]
    pub available_replicas: i64,
    /// Conditions.
    #[serde(deserialize_with = "or_default")]
    pub conditions: Vec<Condition>,
}

/// A ReplicaSet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReplicaSet {
    /// Its identity.
    pub metadata: Metadata,
    /// What has become of it.
    #[serde(default)]
    pub status: ReplicaSetStatus,
}

/// `ReplicaSetStatus`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReplicaSetStatus {
    /// Conditions.
    #[serde(deserialize_with = "or_default")]
    pub conditions: Vec<Condition>,
}
