//! What is known of an environment between deployments (`robot.environment/v1`).

use crate::{Revision, Verdict, Workload};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The `schema` of an [`EnvironmentState`].
pub const ENVIRONMENT_SCHEMA: &str = "robot.environment/v1";

/// What is known of one application in one environment: a file for the local target, a ConfigMap in a
/// cluster. It is changed by compare-and-swap only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EnvironmentState {
    /// [`ENVIRONMENT_SCHEMA`].
    pub schema: String,
    /// Name of the application.
    pub application: String,
    /// Name of the environment.
    pub environment: String,
    /// Revisions that were deployed with success, newest first, at most 10.
    #[serde(default)]
    pub history: Vec<Deployed>,
    /// Tasks that ran, newest first, at most 100.
    #[serde(default)]
    pub tasks: Vec<TaskRecord>,
    /// Whether deployments are held back after failures.
    #[serde(default)]
    pub breaker: Breaker,
    /// State of a canary; written by the tool `canary`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<Value>,
    /// SHA-256 (hex) of the last line of the audit trail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit_head: Option<String>,
    /// Who works on the environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<Lock>,
    /// Fields that a later version wrote: they are kept.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

impl EnvironmentState {
    /// Of an environment in which nothing was deployed yet.
    pub fn new(application: &str, environment: &str) -> Self {
        Self {
            schema: ENVIRONMENT_SCHEMA.to_owned(),
            application: application.to_owned(),
            environment: environment.to_owned(),
            history: Vec::new(),
            tasks: Vec::new(),
            breaker: Breaker::default(),
            canary: None,
            audit_head: None,
            lock: None,
            others: Map::new(),
        }
    }
}

/// A revision that was deployed with success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Deployed {
    /// Which.
    pub revision: Revision,
    /// When, RFC 3339, UTC.
    pub time: String,
    /// What ran it.
    pub workload: Workload,
}

/// What became of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaskRecord {
    /// SHA-256 (hex) of application, task and what was to run: the same task of the same content has the
    /// same identity.
    pub identity: String,
    /// The task's id.
    pub task: String,
    /// Number of the last attempt, from 1.
    pub attempt: u32,
    /// The workload of that attempt.
    pub workload: Workload,
    /// What it came to; absent while it runs, or when whoever ran it was killed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// Finer reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// When that was written, RFC 3339, UTC.
    pub time: String,
    /// Who ran it.
    pub holder: String,
}

/// Whether deployments are held back after failures.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Breaker {
    /// Where it stands.
    #[serde(default)]
    pub state: BreakerState,
    /// Failures one after another.
    #[serde(default)]
    pub failures: u32,
    /// When one deployment may try again, RFC 3339, UTC; absent while it is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<String>,
}

/// Where a circuit breaker stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BreakerState {
    /// Deployments run.
    #[default]
    Closed,
    /// Deployments are refused.
    Open,
    /// One deployment tries.
    HalfOpen,
}

impl BreakerState {
    /// The word in documents.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half-open",
        }
    }
}

/// Who works on the environment. A holder that was killed loses it when it expires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lock {
    /// Who: a run and its attempt.
    pub holder: String,
    /// Until when, RFC 3339, UTC, unless the holder renews it.
    pub expires: String,
}
