//! The result of one step (`robot.report/v1`).

use crate::{Finding, Metric, Report, RunIdentity, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The `schema` of a [`ResultDocument`].
pub const REPORT_SCHEMA: &str = "robot.report/v1";

/// Largest result in bytes. Writers never exceed it, and readers reject larger results.
pub const RESULT_LIMIT: u64 = 8 << 20;

/// The result of one step (`result.json`): its decision, evidence and report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResultDocument {
    /// [`REPORT_SCHEMA`].
    pub schema: String,
    /// Tool name: `go-test`.
    pub tool: String,
    /// Verb of the tool, where it has several: `prepare`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verb: Option<String>,
    /// Version of the binary.
    pub version: String,
    /// Which run this is.
    pub run: RunIdentity,
    /// What was decided.
    pub verdict: Verdict,
    /// Finer reason of the verdict, a stable word of the tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The code the process exits with.
    pub exit_code: u8,
    /// Set when the step failed before it could decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureRecord>,
    /// The tool's typed output.
    pub outputs: serde_json::Value,
    /// Its report.
    pub report: Report,
    /// Measured numbers.
    #[serde(default)]
    pub metrics: Vec<Metric>,
    /// Phases, from a monotonic clock that starts with the process.
    #[serde(default)]
    pub phases: Vec<Phase>,
    /// SHA-256 (hex) of the resolved settings.
    pub input_digest: String,
}

/// A phase of the step's work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Phase {
    /// What was done.
    pub name: String,
    /// Seconds since the process started.
    pub start: f64,
    /// Seconds it took.
    pub duration: f64,
}

/// Kind of a failure; decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FailureKind {
    /// A wrong command line or action input.
    User,
    /// A wrong robot.yml, or settings that contradict each other.
    Config,
    /// An external program, disk or server failed.
    External,
    /// The evidence is missing, invalid or out of date.
    Evidence,
    /// An internal error.
    Internal,
    /// SIGINT or SIGTERM.
    Interrupted,
}

/// A failure as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FailureRecord {
    /// Kind of failure.
    pub kind: FailureKind,
    /// What failed, and where.
    pub message: String,
    /// Why, outermost first.
    #[serde(default)]
    pub causes: Vec<String>,
    /// Next steps.
    #[serde(default)]
    pub hints: Vec<String>,
}

impl FailureRecord {
    /// The failure as a finding: why `what` failed, and what to do.
    pub fn finding(&self, what: &str) -> Finding {
        let causes = self.causes.iter().map(|cause| format!("caused by: {cause}"));
        let hints = self.hints.iter().map(|hint| format!("hint: {hint}"));
        let detail: Vec<String> = causes.chain(hints).collect();
        let title = match what {
            "" => self.message.clone(),
            what => format!("{what}: {}", self.message),
        };
        Finding::error("broke-off", title).detail(detail.join("\n"))
    }
}
