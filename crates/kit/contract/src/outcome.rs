//! The outcome of a verb: its reasons, output and report.

use crate::{Failure, Mode};
use robot_model::{Metric, Report, Verdict};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// The causes of a verb's verdicts: an enum without fields, whose variants have one doc line each and are
/// serialized in kebab-case. Pages, schema and `action.yml` list them.
pub trait Cause: Copy + Serialize + JsonSchema {
    /// The word in outputs and results; empty for `()`.
    fn word(self) -> String {
        match serde_json::to_value(self) {
            Ok(Value::String(word)) => word,
            _ => String::new(),
        }
    }
}

impl Cause for () {}

/// The outcome of a verb: its reasons, output and report.
#[derive(Debug)]
pub struct Outcome<T, C> {
    reasons: Vec<(Verdict, C)>,
    /// The typed output.
    pub output: T,
    /// The report.
    pub report: Report,
    /// Measured numbers.
    pub metrics: Vec<Metric>,
    /// Set if it could not decide but has something to report.
    pub failure: Option<Failure>,
}

impl<T, C: Cause> Outcome<T, C> {
    /// It passed without any reason against it.
    pub const fn pass(output: T, report: Report) -> Self {
        Self { reasons: Vec::new(), output, report, metrics: Vec::new(), failure: None }
    }

    /// It ended with this verdict for this reason.
    pub fn because(verdict: Verdict, cause: C, output: T, report: Report) -> Self {
        Self::decided([(verdict, cause)], output, report)
    }

    /// The most severe of these reasons decides; without reasons, it passed. Give all reasons: a failure that a
    /// gate in mode `report` only reports must not hide missing evidence.
    pub fn decided(
        reasons: impl IntoIterator<Item = (Verdict, C)>,
        output: T,
        report: Report,
    ) -> Self {
        Self { reasons: reasons.into_iter().collect(), ..Self::pass(output, report) }
    }

    /// Adds measured numbers.
    #[must_use]
    pub fn measured(mut self, metrics: Vec<Metric>) -> Self {
        self.metrics = metrics;
        self
    }

    /// The verdict in a mode, and the word of its cause.
    pub(crate) fn verdict(&self, mode: Mode) -> (Verdict, Option<String>) {
        let ended = mode.gravest(self.reasons.iter().copied());
        let word = |cause: C| Some(cause.word()).filter(|word| !word.is_empty());
        ended.map_or((Verdict::Pass, None), |(verdict, cause)| (verdict, word(cause)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
    #[serde(rename_all = "kebab-case")]
    enum Why {
        /// Too little.
        TooLittle,
        /// Unknown.
        Unknown,
    }

    impl Cause for Why {}

    #[test]
    fn the_gravest_reason_is_named_by_its_word() {
        let reasons = [(Verdict::Fail, Why::TooLittle), (Verdict::Inconclusive, Why::Unknown)];
        let outcome = Outcome::decided(reasons, (), Report::default());
        assert_eq!(outcome.verdict(Mode::Enforce), (Verdict::Fail, Some("too-little".into())));
        assert_eq!(outcome.verdict(Mode::Report), (Verdict::Inconclusive, Some("unknown".into())));
        let pass: Outcome<(), ()> = Outcome::pass((), Report::default());
        assert_eq!(pass.verdict(Mode::Enforce), (Verdict::Pass, None));
    }
}
