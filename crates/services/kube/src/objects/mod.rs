//! Objects of the Kubernetes API, by the fields that we read.

mod deployment;
mod event;
mod job;
mod pod;

pub use deployment::{
    Deployment, DeploymentSpec, DeploymentStatus, ReplicaSet, ReplicaSetSpec, ReplicaSetStatus,
};
pub use event::{Event, InvolvedObject, Series};
pub use job::{Job, JobSpec, JobStatus};
pub use pod::{
    Container, ContainerState, ContainerStatus, Pod, PodSpec, PodStatus, Running, Terminated,
    Waiting,
};

use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What every object has, [`ObjectMeta`](https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// Name.
    pub name: String,
    /// Namespace; empty for what is in none.
    pub namespace: String,
    /// UID that the server gave it.
    pub uid: String,
    /// Counts changes of the specification.
    pub generation: i64,
    /// When the server made it.
    pub creation_timestamp: Option<Timestamp>,
    /// When it was asked to go; it may still run.
    pub deletion_timestamp: Option<Timestamp>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
    /// Who made it.
    pub owner_references: Vec<OwnerReference>,
}

/// Who made an object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OwnerReference {
    /// `Job`, `ReplicaSet`, …
    pub kind: String,
    /// Name.
    pub name: String,
    /// UID.
    pub uid: String,
}

/// A condition of a Job, Pod or Deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Condition {
    /// `Complete`, `PodScheduled`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// One word that says why.
    pub reason: String,
    /// A sentence that says why.
    pub message: String,
}

impl Condition {
    /// Its status is `True`. A condition that is listed need not hold.
    pub fn is_true(&self) -> bool {
        self.status == "True"
    }

    /// The one of a kind that is `True`.
    pub fn find<'a>(conditions: &'a [Self], kind: &str) -> Option<&'a Self> {
        conditions.iter().find(|condition| condition.kind == kind && condition.is_true())
    }
}

impl Metadata {
    /// An object of this UID made it.
    pub fn is_owned_by(&self, uid: &str) -> bool {
        self.owner_references.iter().any(|owner| owner.uid == uid)
    }

    /// It was asked to go.
    pub fn is_going(&self) -> bool {
        self.deletion_timestamp.is_some()
    }
}
