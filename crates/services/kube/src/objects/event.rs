//! [Events](https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/), as the core API
//! gives them.

use super::Metadata;
use serde::Deserialize;

/// Something that happened to an object. The server forgets it after an hour, and counts repetitions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Event {
    /// Name of the event itself.
    pub metadata: Metadata,
    /// To what it happened.
    pub involved_object: InvolvedObject,
    /// One word: `FailedMount`, `Failed`, …
    pub reason: String,
    /// A sentence.
    pub message: String,
    /// How often, in the older form.
    pub count: Option<u32>,
    /// How often, in the newer form.
    pub series: Option<Series>,
}

/// To what something happened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InvolvedObject {
    /// `Pod`, `Job`, …
    pub kind: String,
    /// Name.
    pub name: String,
    /// UID.
    pub uid: String,
}

/// Repetitions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Series {
    /// How often.
    pub count: u32,
}

impl Event {
    /// How often it happened, at least once.
    pub fn times(&self) -> u32 {
        let series = self.series.as_ref().map(|series| series.count);
        series.or(self.count).unwrap_or(1).max(1)
    }
}
