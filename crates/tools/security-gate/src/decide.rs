//! The verdict: a pure function of what was found, set aside, known, and of the rules.

use crate::baseline::{Baseline, State};
use crate::cause::{Cause, Response};
use crate::evidence::{Reachability, Scan, Unsound};
use crate::ignore::Applied;
use crate::input::{Rules, UnknownSeverity};
use crate::merge::Row;
use crate::severity::Severity;
use jiff::Timestamp;
use robot_model::Verdict;
use std::collections::BTreeMap;

/// All that a verdict rests on.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) rows: &'a [Row],
    pub(crate) states: &'a [State],
    pub(crate) applied: &'a Applied,
    pub(crate) foreign_warnings: usize,
    pub(crate) scans: &'a [Scan],
    pub(crate) unsound: &'a [Unsound],
    pub(crate) baseline: &'a Baseline,
    pub(crate) now: Timestamp,
}

/// What came out.
#[derive(Debug, Default)]
pub(crate) struct Decision {
    /// What each row does; `None` where it does nothing.
    pub(crate) by_row: Vec<Judged>,
    /// All reasons, the gravest first.
    pub(crate) reasons: Vec<(Verdict, Cause)>,
    /// Severities of which there are too many: `(severity, found, allowed)`.
    pub(crate) over: Vec<(Severity, u64, u64)>,
    /// Scans whose database is old, with its days.
    pub(crate) old: Vec<(usize, i64, Verdict)>,
}

/// What became of one row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Judged {
    /// The severity that it counts with.
    pub(crate) severity: Severity,
    /// Whether it is set aside.
    pub(crate) is_ignored: bool,
    /// Whether it is grave and near enough.
    pub(crate) counts: bool,
    /// What it does to the verdict.
    pub(crate) verdict: Option<Verdict>,
}

/// Decides.
pub(crate) fn decide(facts: &Facts<'_>, rules: &Rules) -> Decision {
    let mut decision = Decision::default();
    let mut reasons = Vec::new();
    let mut counted: BTreeMap<Severity, u64> = BTreeMap::new();
    for (index, row) in facts.rows.iter().enumerate() {
        let severity = severity(row, rules.unknown);
        let is_ignored = facts.applied.by_row.get(index).is_some_and(Option::is_some)
            || row.suppressed().is_some();
        let is_near = row.reachability.unwrap_or(Reachability::Called) >= rules.reachability;
        let counts = !is_ignored && severity >= rules.fail_on && is_near;
        if !is_ignored && is_near {
            *counted.entry(severity).or_default() += 1;
        }
        let does = match facts.states.get(index) {
            Some(State::Introduced) => (Response::Fail, Cause::Introduced),
            Some(State::Known) => (rules.known, Cause::Known),
            Some(State::Drift(_)) => (rules.drift, Cause::Drift),
            Some(State::Unjudged) | None => (Response::Fail, Cause::Found),
        };
        let verdict = counts.then(|| does.0.verdict());
        if let Some(verdict) = verdict {
            reasons.push((verdict, does.1));
        }
        decision.by_row.push(Judged { severity, is_ignored, counts, verdict });
    }
    for (severity, allowed) in &rules.limits {
        let found = counted.get(severity).copied().unwrap_or_default();
        if found > *allowed {
            decision.over.push((*severity, found, *allowed));
            reasons.push((Verdict::Fail, Cause::OverLimit));
        }
    }
    if !facts.unsound.is_empty() {
        reasons.push((Verdict::Inconclusive, Cause::UnsoundReport));
    }
    if facts.scans.iter().any(|scan| !scan.doubts.is_empty()) {
        reasons.push((Verdict::Inconclusive, Cause::Incomplete));
    }
    if let Baseline::Unknown(_) = facts.baseline {
        reasons.push((Verdict::Inconclusive, Cause::NoBaseline));
    }
    for (index, scan) in facts.scans.iter().enumerate().filter(|(_, scan)| scan.has_database) {
        let Some((days, verdict)) = age(scan, facts.now, rules) else { continue };
        decision.old.push((index, days, verdict));
        reasons.push((verdict, Cause::OldDatabase));
    }
    let applied = facts.applied;
    let has_stale = [&applied.expired, &applied.ending, &applied.unused];
    if has_stale.iter().any(|entries| !entries.is_empty()) || facts.foreign_warnings > 0 {
        reasons.push((Verdict::Warn, Cause::IgnoreFile));
    }
    // A stable sort: what was found comes before what else is wrong.
    reasons.sort_by_key(|(verdict, _)| std::cmp::Reverse(*verdict));
    reasons.dedup();
    reasons.retain(|(verdict, _)| *verdict != Verdict::Pass);
    decision.reasons = reasons;
    decision
}

/// Days since the database was changed, or the report made that does not tell, where that is too many.
fn age(scan: &Scan, now: Timestamp, rules: &Rules) -> Option<(i64, Verdict)> {
    let since = [scan.database, scan.made].into_iter().flatten().min();
    let Some(since) = since else {
        // Nobody can tell how old it is: no reason to fail, and none to be silent.
        return Some((-1, Verdict::Warn));
    };
    let days = now.duration_since(since).as_secs() / 86_400;
    match days {
        // A clock that is a day ahead is no sign of anything; more is no evidence.
        days if days < -1 => Some((days, Verdict::Inconclusive)),
        days if days > rules.database_limit => Some((days, Verdict::Inconclusive)),
        days if days > rules.database_warning => Some((days, Verdict::Warn)),
        _ if scan.database.is_none() => Some((days, Verdict::Warn)),
        _ => None,
    }
}

fn severity(row: &Row, unknown: UnknownSeverity) -> Severity {
    match (row.severity, unknown) {
        (Severity::Unknown, UnknownSeverity::Critical) => Severity::Critical,
        (Severity::Unknown, UnknownSeverity::High) => Severity::High,
        (Severity::Unknown, UnknownSeverity::Medium) => Severity::Medium,
        (Severity::Unknown, UnknownSeverity::Low) => Severity::Low,
        (Severity::Unknown, UnknownSeverity::HighIfFixable) => {
            let is_called = row.reachability == Some(Reachability::Called);
            if is_called || !row.fixed().is_empty() { Severity::High } else { Severity::Medium }
        }
        (known, _) => known,
    }
}

#[cfg(test)]
mod tests;
