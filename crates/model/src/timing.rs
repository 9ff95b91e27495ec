//! Durations of packages and tests (`robot.timings/v1`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The `schema` of [`Timings`].
pub const TIMINGS_SCHEMA: &str = "robot.timings/v1";

/// How long packages and tests took in recent runs (`timings.json` of the history folder).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Timings {
    /// [`TIMINGS_SCHEMA`].
    pub schema: String,
    /// Keyed by import path.
    #[serde(default)]
    pub packages: BTreeMap<String, PackageTiming>,
}

impl Default for Timings {
    fn default() -> Self {
        Self { schema: TIMINGS_SCHEMA.to_owned(), packages: BTreeMap::new() }
    }
}

/// Recent durations of one package. Only executions count, never reused results.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PackageTiming {
    /// Seconds of each recent execution, oldest first.
    #[serde(default)]
    pub seconds: Vec<f64>,
    /// Top-level tests: seconds of each recent execution, oldest first.
    #[serde(default)]
    pub tests: BTreeMap<String, Vec<f64>>,
}
