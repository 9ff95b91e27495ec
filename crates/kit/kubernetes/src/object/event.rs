//! Events, of both of the server's APIs for them.

use super::{Metadata, or_default};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An Event of `v1` or `events.k8s.io/v1`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Event {
    /// Its identity.
    #[serde(deserialize_with = "or_default")]
    pub metadata: Metadata,
    /// What it is about.
    #[serde(alias = "regarding", deserialize_with = "or_default")]
    pub involved_object: Involved,
    /// `Normal` or `Warning`.
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub kind: String,
    /// One word: `FailedMount`.
    #[serde(deserialize_with = "or_default")]
    pub reason: String,
    /// A sentence.
    #[serde(alias = "note", deserialize_with = "or_default")]
    pub message: String,
    /// How often.
    #[serde(alias = "deprecatedCount")]
    pub count: Option<u32>,
    /// How often, in the newer form.
    pub series: Option<Series>,
    /// When first.
    #[serde(alias = "deprecatedFirstTimestamp")]
    pub first_timestamp: Option<Timestamp>,
    /// When last.
    #[serde(alias = "deprecatedLastTimestamp")]
    pub last_timestamp: Option<Timestamp>,
    /// When, in the newer form.
    pub event_time: Option<Timestamp>,
}

/// The object of an event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Involved {
    /// Kind.
    pub kind: String,
    /// Name.
    pub name: String,
    /// UID.
    #[serde(deserialize_with = "or_default")]
    pub uid: String,
}

/// How often an event came.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Series {
    /// How often.
    pub count: u32,
    /// When last.
    pub last_observed_time: Option<Timestamp>,
}

impl Event {
    /// How often it came, at least once.
    pub fn times(&self) -> u32 {
        let series = self.series.as_ref().map(|series| series.count);
        self.count.or(series).unwrap_or(1).max(1)
    }

    /// When it came last, as far as it says.
    pub fn last(&self) -> Option<Timestamp> {
        let series = self.series.as_ref().and_then(|series| series.last_observed_time);
        series.max(self.last_timestamp).max(self.event_time).max(self.first_timestamp)
    }

    /// Whether it is about the object with this UID; where it has none, about one of this kind and name.
    pub fn is_about(&self, kind: &str, metadata: &Metadata) -> bool {
        let about = &self.involved_object;
        match about.uid.is_empty() || metadata.uid.is_empty() {
            true => about.kind == kind && about.name == metadata.name,
            false => about.uid == metadata.uid,
        }
    }
}
