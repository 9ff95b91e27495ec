//! Reasons not to trust results.

use robot_model::{Finding, Verdict};

/// The rule of our own findings about missing or untrustworthy evidence.
pub(crate) const NO_EVIDENCE: &str = "no-evidence";
/// The rule of findings about something that was not posted.
pub(crate) const NOT_POSTED: &str = "not-posted";

/// A reason not to trust the results as a whole.
#[derive(Debug)]
pub(crate) struct Doubt {
    pub(crate) reason: String,
    /// The best verdict that is still possible.
    pub(crate) verdict: Verdict,
}

impl Doubt {
    /// Evidence is missing, so the report cannot pass.
    pub(crate) fn grave(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), verdict: Verdict::Inconclusive }
    }

    /// A cross-check was not possible, but the results are available.
    pub(crate) fn slight(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), verdict: Verdict::Warn }
    }
}

/// A finding about something missing. It is a warning, because `mode` decides whether it fails the step.
pub(crate) fn missing(rule: &str, reason: &str) -> Finding {
    let (title, detail) = reason.split_once('\n').unwrap_or((reason, ""));
    Finding::warning(rule, title).detail(detail)
}
