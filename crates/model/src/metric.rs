//! Measured numbers with unit and quality.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Quality of a measured number. A missing number is never written as zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Quality {
    /// Measured completely.
    Measured,
    /// Measured, but part of it is missing.
    Partial,
    /// Not available; `value` is absent.
    Unavailable,
    /// Measured, but invalid (a negative duration): shown, but never used.
    Anomalous,
}

/// One measured number of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Metric {
    /// Dotted, lower case: `test.wall`, `cache.bytes`.
    pub name: String,
    /// UCUM unit as OpenTelemetry uses it: `s`, `By`, `1`, `{package}`.
    pub unit: String,
    /// Absent exactly when `quality` is `unavailable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// How many samples the value stands for.
    pub n: u64,
    /// Quality of the value.
    pub quality: Quality,
}

impl Metric {
    /// A number that was measured completely, once.
    pub fn measured(name: impl Into<String>, unit: impl Into<String>, value: f64) -> Self {
        Self {
            name: name.into(),
            unit: unit.into(),
            value: Some(value),
            n: 1,
            quality: Quality::Measured,
        }
    }

    /// A number that is not available.
    pub fn unavailable(name: impl Into<String>, unit: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            unit: unit.into(),
            value: None,
            n: 0,
            quality: Quality::Unavailable,
        }
    }
}
