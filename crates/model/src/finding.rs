//! Findings of a tool, and their locations.

use crate::RepoPath;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

/// Importance of a finding, in ascending order.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Information.
    Notice,
    /// Worth mending, blocks nothing.
    Warning,
    /// The reason of a failed verdict.
    Error,
}

impl Level {
    /// The lower-case word used in every format.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A location in the repository: a file, a line, or the lines from `line` to `end_line`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Location {
    /// Relative to the repository's root, with `/`.
    pub path: RepoPath,
    /// From 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// From 1, in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// The last line, when there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_line: Option<u32>,
}

impl Location {
    /// A line of a file.
    pub const fn line(path: RepoPath, line: u32) -> Self {
        Self { path, line: Some(line), column: None, end_line: None }
    }

    /// A whole file.
    pub const fn file(path: RepoPath) -> Self {
        Self { path, line: None, column: None, end_line: None }
    }

    /// `pkg/a.go:3`, as compilers write it.
    pub fn shown(&self) -> String {
        match self.line {
            Some(line) => format!("{}:{line}", self.path),
            None => self.path.to_string(),
        }
    }
}

/// One thing found: a failed test, an advisory, an uncovered line.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// How much it matters.
    pub level: Level,
    /// Stable name of the rule that found it (`test-failed`, `G104`, `GO-2024-1234`).
    pub rule: String,
    /// One line, without the location.
    pub title: String,
    /// The output or explanation that matters; may have several lines. One that starts with `hint: `
    /// says what to do.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// The location, if it is known and in the repository. A path that leads out of the repository, as in
    /// documents of earlier versions, is ignored.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "location_in_repository"
    )]
    #[schemars(with = "Option<Location>")]
    pub location: Option<Location>,
    /// Severity on the CVSS scale, if the finding has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Identifies the finding in another run, even if lines have moved. Unique in its report. The kit sets it
    /// if the tool does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// Address of an explanation of the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help_url: Option<String>,
}

impl Finding {
    /// A finding without location or detail.
    pub fn new(level: Level, rule: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            level,
            rule: rule.into(),
            title: title.into(),
            detail: String::new(),
            location: None,
            severity: None,
            fingerprint: None,
            help_url: None,
        }
    }

    /// The reason of a failed verdict.
    pub fn error(rule: impl Into<String>, title: impl Into<String>) -> Self {
        Self::new(Level::Error, rule, title)
    }

    /// Worth mending, blocks nothing.
    pub fn warning(rule: impl Into<String>, title: impl Into<String>) -> Self {
        Self::new(Level::Warning, rule, title)
    }

    /// Sets the relevant output or explanation.
    #[must_use]
    pub fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    /// Sets the location, if it is known.
    #[must_use]
    pub fn at(self, location: impl Into<Option<Location>>) -> Self {
        Self { location: location.into(), ..self }
    }
}

fn location_in_repository<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Location>, D::Error> {
    #[derive(Deserialize)]
    struct Told {
        path: String,
        line: Option<u32>,
        column: Option<u32>,
        end_line: Option<u32>,
    }
    let told = Option::<Told>::deserialize(deserializer)?;
    Ok(told.and_then(|Told { path, line, column, end_line }| {
        Some(Location { path: RepoPath::new(&path)?, line, column, end_line })
    }))
}

/// Severity of a finding on the CVSS scale, independent of whether it can be reached. Ascending order.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// No scanner reports a severity.
    #[default]
    Unknown,
    /// CVSS below 4.
    Low,
    /// CVSS 4.0 to 6.9.
    Medium,
    /// CVSS 7.0 to 8.9.
    High,
    /// CVSS 9.0 and above.
    Critical,
}

impl Severity {
    /// The band of a CVSS score (<https://www.first.org/cvss/v3-1/specification-document>, section 5).
    pub fn of_score(score: f64) -> Self {
        match score {
            score if score >= 9.0 => Self::Critical,
            score if score >= 7.0 => Self::High,
            score if score >= 4.0 => Self::Medium,
            score if score > 0.0 => Self::Low,
            _ => Self::Unknown,
        }
    }

    /// The lower-case word used in every format.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl std::fmt::Display for Severity {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(self.word())
    }
}
