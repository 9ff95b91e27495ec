//! Since when each obstacle has stood.

use super::class::Reason;
use super::signal::{Grace, Key, Signal};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// Obstacles that stand now: since when, and when their grace ends.
#[derive(Debug, Default)]
pub(super) struct Obstacles(BTreeMap<Key, (Timestamp, Option<Timestamp>)>);

impl Obstacles {
    /// Takes what stands now, and returns what ends the deployment first with the grace that is left. What
    /// stood before and does not now is forgotten.
    pub(super) fn first(
        &mut self,
        signals: Vec<Signal>,
        now: Timestamp,
    ) -> Option<(Reason, Option<SignedDuration>)> {
        let mut standing = BTreeMap::new();
        let mut found: Vec<(Option<SignedDuration>, Reason)> = Vec::new();
        for signal in signals {
            let key = signal.key();
            let (since, _) = self.0.get(&key).copied().unwrap_or((now, None));
            let end = match signal.grace {
                Grace::None => Some(now),
                Grace::For(grace) => Some(since.saturating_add(grace).unwrap_or(Timestamp::MAX)),
                Grace::Unlimited => None,
            };
            standing.insert(key, (since, end));
            found.push((end.map(|end| end.duration_since(now)), signal.reason));
        }
        self.0 = standing;
        // Those without an end come last.
        found.sort_by_key(|(left, _)| left.unwrap_or(SignedDuration::MAX));
        found.into_iter().next().map(|(left, reason)| (reason, left))
    }

    /// When graces end.
    pub(super) fn ends(&self) -> impl IntoIterator<Item = Timestamp> {
        self.0.values().filter_map(|(_, end)| *end)
    }
}
