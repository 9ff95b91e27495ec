//! Verdicts and their order.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a step concludes. The order is severity: combining several verdicts takes the greatest.
///
/// Missing, empty, truncated or stale evidence is [`Verdict::Inconclusive`] or [`Verdict::Fail`],
/// never [`Verdict::Pass`].
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The step had nothing to do, and says why. Never hides a failure.
    Skipped,
    /// Every requirement is met.
    Pass,
    /// Every requirement is met, but the owner should see something (a test that passed only when run again).
    Warn,
    /// The evidence is not sufficient to decide.
    Inconclusive,
    /// A requirement is not met.
    Fail,
}

impl Verdict {
    /// The most severe verdict of all parts; `Skipped` if there are none.
    pub fn of_all(parts: impl IntoIterator<Item = Self>) -> Self {
        parts.into_iter().max().unwrap_or(Self::Skipped)
    }

    /// Whether a pipeline may go on: pass, warn and skipped.
    pub const fn is_green(self) -> bool {
        matches!(self, Self::Pass | Self::Warn | Self::Skipped)
    }

    /// The lower-case word used in every format.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Skipped => "skipped",
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Inconclusive => "inconclusive",
            Self::Fail => "fail",
        }
    }

    /// A one-character mark, understandable without colour.
    pub const fn mark(self) -> &'static str {
        match self {
            Self::Skipped => "-",
            Self::Pass => "✓",
            Self::Warn => "!",
            Self::Inconclusive => "?",
            Self::Fail => "✗",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict;

    #[test]
    fn the_most_severe_part_decides() {
        assert_eq!(Verdict::of_all([Verdict::Pass, Verdict::Skipped]), Verdict::Pass);
        assert_eq!(Verdict::of_all([Verdict::Warn, Verdict::Fail, Verdict::Pass]), Verdict::Fail);
        assert_eq!(Verdict::of_all([Verdict::Warn, Verdict::Inconclusive]), Verdict::Inconclusive);
        assert_eq!(Verdict::of_all([]), Verdict::Skipped);
    }
}
