//! What every object has, and conditions.

use super::or_default;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `ObjectMeta`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// Name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// Namespace.
    #[serde(deserialize_with = "or_default")]
    pub namespace: String,
    /// Given by the server; never used twice.
    #[serde(deserialize_with = "or_default")]
    pub uid: String,
    /// Changes with every write.
    #[serde(deserialize_with = "or_default")]
    pub resource_version: String,
    /// Changes with every write to `spec`.
    #[serde(deserialize_with = "or_default")]
    pub generation: i64,
    /// When the server made it.
    pub creation_timestamp: Option<Timestamp>,
    /// When it was asked to go.
    pub deletion_timestamp: Option<Timestamp>,
    /// Labels.
    #[serde(deserialize_with = "or_default")]
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    #[serde(deserialize_with = "or_default")]
    pub annotations: BTreeMap<String, String>,
    /// What it goes with.
    #[serde(deserialize_with = "or_default")]
    pub owner_references: Vec<Owner>,
}

/// `OwnerReference`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Owner {
    /// Kind.
    pub kind: String,
    /// Name.
    pub name: String,
    /// UID.
    pub uid: String,
}

/// A condition of any object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Condition {
    /// What it is about: `Complete`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    #[serde(deserialize_with = "or_default")]
    pub status: String,
    /// One word.
    #[serde(deserialize_with = "or_default")]
    pub reason: String,
    /// A sentence.
    #[serde(deserialize_with = "or_default")]
    pub message: String,
    /// When `status` changed.
    pub last_transition_time: Option<Timestamp>,
}

impl Condition {
    /// Whether it holds: only the status `True` counts (<https://github.com/kubernetes/kubernetes/issues/125909>).
    pub fn holds(&self) -> bool {
        self.status == "True"
    }

    /// The condition of a kind, if it holds.
    pub fn holding<'a>(conditions: &'a [Self], kind: &str) -> Option<&'a Self> {
        conditions.iter().find(|condition| condition.kind == kind && condition.holds())
    }
}
