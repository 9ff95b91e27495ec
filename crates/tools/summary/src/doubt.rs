//! Reasons not to believe results.

use robot_model::{Finding, Verdict};

/// The rule of findings that we make ourselves: something is missing, or not to be believed.
pub(crate) const NO_EVIDENCE: &str = "no-evidence";
/// The rule of findings that tell why something was not posted.
pub(crate) const NOT_POSTED: &str = "not-posted";

/// A reason not to believe the results as a whole.
#[derive(Debug)]
pub(crate) struct Doubt {
    pub(crate) reason: String,
    /// The best verdict that is still possible.
    pub(crate) verdict: Verdict,
}

impl Doubt {
    /// Evidence is missing: nothing is green any more.
    pub(crate) fn grave(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), verdict: Verdict::Inconclusive }
    }

    /// A cross-check was not possible. The results are there all the same.
    pub(crate) fn slight(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), verdict: Verdict::Warn }
    }
}

/// What is told of something missing. A warning: whether it fails the step is for `mode` to say.
pub(crate) fn missing(rule: &str, reason: &str) -> Finding {
    let (title, detail) = reason.split_once('\n').unwrap_or((reason, ""));
    Finding::warning(rule, title).detail(detail)
}
