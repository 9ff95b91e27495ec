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

    /// The gravest of several reasons in this mode: a failure that is only told must not hide that
    /// evidence is missing besides.
    pub fn gravest<T>(
        mode: Option<Self>,
        reasons: impl IntoIterator<Item = (Verdict, T)>,
    ) -> Option<(Verdict, T)> {
        let applied = reasons.into_iter().map(|(verdict, why)| (Self::apply(mode, verdict), why));
        // The last of those that are as grave.
        applied.reduce(|worst, other| if other.0 >= worst.0 { other } else { worst })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Verdict::{Fail, Inconclusive, Pass, Warn};

    #[test]
    fn what_is_only_told_hides_no_missing_evidence() {
        let reasons = [(Pass, "a"), (Fail, "b"), (Inconclusive, "c"), (Fail, "d")];
        assert_eq!(Mode::gravest(Some(Mode::Enforce), reasons), Some((Fail, "d")));
        assert_eq!(Mode::gravest(Some(Mode::Report), reasons), Some((Inconclusive, "c")));
        assert_eq!(
            Mode::gravest(Some(Mode::Report), [(Pass, "a"), (Fail, "b")]),
            Some((Warn, "b"))
        );
        assert_eq!(Mode::gravest::<()>(None, []), None);
    }
}
