use crate::{Revision, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The `schema` of an audit [`Event`].
pub const EVENT_SCHEMA: &str = "robot.event/v1";

/// One line of the audit trail: who changed what, from which revision to which, and how it ended.
///
/// Written as canonical JSON (RFC 8785), so that the chain of `prev_hash` can be checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// [`EVENT_SCHEMA`].
    pub schema: String,
    /// Unique.
    pub id: String,
    /// RFC 3339, UTC.
    pub time: String,
    /// Who asked for it.
    pub actor: String,
    /// What asked for it: a run, an alert, a schedule.
    pub triggered_by: String,
    /// Name of the environment.
    pub environment: String,
    /// What was changed.
    pub subject: EventSubject,
    /// Before; absent on a first deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_revision: Option<Revision>,
    /// After.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_revision: Option<Revision>,
    /// How it ended.
    pub verdict: Verdict,
    /// Finer reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// SHA-256 (hex) of the previous line; absent on the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prev_hash: Option<String>,
}

/// The Kubernetes object an audit event is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EventSubject {
    /// `Job`, `Deployment`, ….
    pub kind: String,
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// UID given by the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
}
