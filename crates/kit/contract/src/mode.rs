use robot_model::Verdict;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a failed gate fails the step.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// What fails the gate fails the step.
    Enforce,
    /// It is reported; the step warns.
    Report,
}

impl Mode {
    /// The verdict of a gate in this mode. What could not be decided stays so in both.
    pub fn apply(mode: Option<Self>, verdict: Verdict) -> Verdict {
        match (mode, verdict) {
            (Some(Self::Report), Verdict::Fail) => Verdict::Warn,
            (_, verdict) => verdict,
        }
    }
}
