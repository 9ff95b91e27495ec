//! Jobs: <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/job-v1/>.

use super::{Condition, Metadata, or_default};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A Job.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Its identity.
    pub metadata: Metadata,
    /// What was asked for.
    #[serde(default)]
    pub spec: JobSpec,
    /// What has become of it.
    #[serde(default)]
    pub status: JobStatus,
}

/// `JobSpec`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct JobSpec {
    /// Failed pods that it survives; the server's default is 6.
    pub backoff_limit: Option<u32>,
    /// Seconds that it may take in all.
    pub active_deadline_seconds: Option<i64>,
    /// Seconds until it is removed after its end.
    pub ttl_seconds_after_finished: Option<i64>,
    /// Held back; it has no pods.
    pub suspend: Option<bool>,
    /// Who makes its pods, where that is not the built-in controller.
    pub managed_by: Option<String>,
    /// Pods that have to succeed.
    pub completions: Option<i64>,
}

/// `JobStatus`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct JobStatus {
    /// Pods that are pending or running.
    #[serde(deserialize_with = "or_default")]
    pub active: i64,
    /// Pods that are on their way out.
    #[serde(deserialize_with = "or_default")]
    pub terminating: i64,
    /// Pods that succeeded.
    #[serde(deserialize_with = "or_default")]
    pub succeeded: i64,
    /// Pods that failed: a number, not a verdict.
    #[serde(deserialize_with = "or_default")]
    pub failed: i64,
    /// When the controller began with it.
    pub start_time: Option<Timestamp>,
    /// When it was complete.
    pub completion_time: Option<Timestamp>,
    /// Conditions.
    #[serde(deserialize_with = "or_default")]
    pub conditions: Vec<Condition>,
}
