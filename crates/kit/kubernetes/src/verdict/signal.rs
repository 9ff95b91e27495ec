//! Signs that something is wrong, and how long each has been seen.

use super::answer::{Failed, Part, Waiting};
use super::{Answer, Cause};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// A sign that something is wrong.
#[derive(Debug, Clone)]
pub(super) struct Signal {
    /// Tells it apart from others: pod, container, kind of trouble. It stays the same while the words change.
    pub(super) key: String,
    pub(super) cause: Cause,
    pub(super) what: &'static str,
    pub(super) reason: String,
    pub(super) message: String,
    pub(super) part: Part,
    pub(super) patience: Patience,
}

/// When a signal is taken for a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// At once.
    None,
    /// After this time.
    For(Duration),
    /// After this time, counted from when the signal with this word was seen first.
    Since(&'static str, Duration),
    /// When the first number has reached the second, or after this time.
    Times(u32, u32, Duration),
    /// Never: it is told, and somebody else decides.
    Endless,
}

/// When each signal was seen first.
#[derive(Debug, Clone, Default)]
pub(super) struct Sightings(BTreeMap<String, Timestamp>);

impl Sightings {
    /// What `signals` come to at `now`: the gravest that has lasted too long, else what is waited for.
    /// Signals that are gone are forgotten, so that a grace begins anew when they come back.
    pub(super) fn judge(&mut self, mut signals: Vec<Signal>, now: Timestamp) -> Option<Answer> {
        let extra: Vec<String> = signals.iter().filter_map(Signal::origin).collect();
        self.0.retain(|key, _| extra.contains(key) || signals.iter().any(|it| it.key == *key));
        // One that fails by itself comes before one that only waits, and among them the order of causes.
        signals.sort_by_key(|signal| (signal.patience != Patience::None, signal.cause));
        let mut soonest: Option<(Option<Timestamp>, Signal)> = None;
        for signal in signals {
            let own = *self.0.entry(signal.key.clone()).or_insert(now);
            let first = signal.origin().map_or(own, |key| *self.0.entry(key).or_insert(now));
            let until = match signal.patience {
                Patience::None => return Some(signal.failed()),
                Patience::Times(seen, limit, _) if seen >= limit => return Some(signal.failed()),
                Patience::For(grace) | Patience::Since(_, grace) | Patience::Times(_, _, grace) => {
                    Some(later(first, grace))
                }
                Patience::Endless => None,
            };
            if until.is_some_and(|until| until <= now) {
                return Some(signal.failed());
            }
            let is_sooner = match &soonest {
                None => true,
                Some((None, _)) => until.is_some(),
                Some((Some(known), _)) => until.is_some_and(|until| until < *known),
            };
            if is_sooner {
                soonest = Some((until, signal));
            }
        }
        soonest.map(|(until, signal)| {
            let waiting = Waiting::for_the(signal.what).because(&signal.reason, &signal.message);
            Answer::Waiting(Waiting { until, ..waiting })
        })
    }
}

impl Signal {
    /// The key of the sighting that its grace counts from, where that is not its own.
    fn origin(&self) -> Option<String> {
        match self.patience {
            Patience::Since(word, _) => Some(format!("{} {word}", self.key)),
            _ => None,
        }
    }

    fn failed(self) -> Answer {
        Answer::Failed(Failed {
            cause: self.cause,
            reason: self.reason,
            message: self.message,
            part: self.part,
            is_running: true,
        })
    }
}

/// A time so much later; the last time there is, if that is beyond it.
pub(super) fn later(time: Timestamp, by: Duration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}
