//! [Jobs](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/job-v1/).

use super::{Condition, Metadata};
use serde::Deserialize;

/// A Job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Job {
    /// Name, UID, labels.
    pub metadata: Metadata,
    /// What was asked for.
    pub spec: JobSpec,
    /// What the controller says.
    pub status: JobStatus,
}

/// What a Job asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct JobSpec {
    /// Failed pods that are replaced before the Job fails; the server writes 6 where it was absent.
    pub backoff_limit: Option<u32>,
    /// It makes no pods while this is set.
    pub suspend: bool,
    /// Who looks after it, if not the cluster's own controller.
    pub managed_by: Option<String>,
}

/// What the controller says of a Job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct JobStatus {
    /// Pods that are pending or running.
    pub active: u32,
    /// Pods that failed; no verdict, as failed pods are replaced.
    pub failed: u32,
    /// Pods that succeeded.
    pub succeeded: u32,
    /// Pods that were asked to go and have not ended.
    pub terminating: Option<u32>,
    /// `Complete`, `Failed`, `FailureTarget`, `SuccessCriteriaMet`, `Suspended`.
    pub conditions: Vec<Condition>,
}

impl Job {
    /// Somebody else than the cluster's own controller makes its pods, perhaps elsewhere.
    pub fn is_managed_elsewhere(&self) -> bool {
        let manager = self.spec.managed_by.as_deref();
        manager.is_some_and(|manager| manager != "kubernetes.io/job-controller")
    }
}
