//! Values over time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Values over time of one or several compared things: baseline and canary, p50 and p99.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Series {
    /// What the series shows.
    pub title: String,
    /// Unit of all values: `ms`, `%`, `MiB`.
    pub unit: String,
    /// What is compared.
    pub lines: Vec<SeriesLine>,
}

/// One line of a [`Series`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeriesLine {
    /// What was measured.
    pub label: String,
    /// In order of time.
    pub points: Vec<SeriesPoint>,
}

/// One value at its time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeriesPoint {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub time: f64,
    /// In the series' unit; absent (a gap, not zero) if it could not be measured.
    #[serde(default)]
    pub value: Option<f64>,
}
