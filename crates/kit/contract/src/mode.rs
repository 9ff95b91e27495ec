//! Whether a failed gate fails the step.

use robot_model::Verdict;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a failed gate fails the step.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// A failed gate fails the step.
    Enforce,
    /// A failed gate is reported, and the step warns.
    Report,
}

impl Mode {
    /// The verdict of a gate in this mode. An inconclusive verdict stays so in both.
    pub fn apply(self, verdict: Verdict) -> Verdict {
        match (self, verdict) {
            (Self::Report, Verdict::Fail) => Verdict::Warn,
            (_, verdict) => verdict,
        }
    }

    /// The most severe of several reasons in this mode. A failure that is only reported must not hide missing
    /// evidence.
    pub fn gravest<T>(
        self,
        reasons: impl IntoIterator<Item = (Verdict, T)>,
    ) -> Option<(Verdict, T)> {
        let applied = reasons.into_iter().map(|(verdict, why)| (self.apply(verdict), why));
        // Of equally severe reasons, the first.
        applied.reduce(|worst, other| if other.0 > worst.0 { other } else { worst })
    }
}

/// The setting that every gate has in addition to its own.
#[derive(Debug, Clone, Copy, clap::Args, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Gate {
    /// `enforce` fails the step when the gate fails; `report` only warns
    #[arg(long, value_name = "MODE", default_value = "enforce")]
    pub(crate) mode: Mode,
}

#[cfg(test)]
mod tests {
    use super::*;
    use Verdict::{Fail, Inconclusive, Pass, Warn};

    #[test]
    fn what_is_only_told_hides_no_missing_evidence() {
        let reasons = [(Pass, "a"), (Fail, "b"), (Inconclusive, "c"), (Fail, "d")];
        assert_eq!(Mode::Enforce.gravest(reasons), Some((Fail, "b")));
        assert_eq!(Mode::Report.gravest(reasons), Some((Inconclusive, "c")));
        assert_eq!(Mode::Report.gravest([(Pass, "a"), (Fail, "b")]), Some((Warn, "b")));
        assert_eq!(Mode::Enforce.gravest::<()>([]), None);
    }
}
