//! What a tool found, and where.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much a finding matters; the order is severity.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth knowing.
    Notice,
    /// Worth mending, blocks nothing.
    Warning,
    /// The reason of a failed verdict.
    Error,
}

/// A place in the repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Location {
    /// Relative to the repository's root, with `/`.
    pub path: String,
    /// From 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// From 1, in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
}

/// One thing found: a failed test, an advisory, an uncovered line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// How much it matters.
    pub level: Level,
    /// Stable name of the rule that found it (`test-failed`, `G104`, `GO-2024-1234`).
    pub rule: String,
    /// One line, without the location.
    pub title: String,
    /// The output or explanation that matters; may have several lines.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// Where, when a place in the repository is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}
