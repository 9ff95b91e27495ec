//! The clock of a verb, and a fake one for tests.

use jiff::Timestamp;
use robot_process::Cancellation;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The machine's clock, or a fake clock for tests, which advances only when a reader waits.
#[derive(Debug)]
pub struct Clock(Kind);

#[derive(Debug)]
enum Kind {
    Machine { started: Instant },
    Test { began: Timestamp, passed: Mutex<Duration> },
}

impl Clock {
    /// The machine's clock.
    pub(crate) fn machine() -> Self {
        Self(Kind::Machine { started: Instant::now() })
    }

    /// A fake clock that stays at `began` until a reader waits.
    pub const fn of_test(began: Timestamp) -> Self {
        Self(Kind::Test { began, passed: Mutex::new(Duration::ZERO) })
    }

    /// The time of day, which may jump.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Kind::Machine { .. } => Timestamp::now(),
            Kind::Test { began, .. } => *began + self.elapsed(),
        }
    }

    /// The monotonic time since the verb began.
    pub fn elapsed(&self) -> Duration {
        match &self.0 {
            Kind::Machine { started } => started.elapsed(),
            Kind::Test { passed, .. } => *passed.lock().unwrap_or_else(|lock| lock.into_inner()),
        }
    }

    /// Waits, unless the run is cancelled. A fake clock advances without waiting.
    pub fn wait(&self, duration: Duration, cancellation: &Cancellation) {
        match &self.0 {
            Kind::Machine { .. } => {
                cancellation.wait(duration);
            }
            Kind::Test { passed, .. } => {
                *passed.lock().unwrap_or_else(|lock| lock.into_inner()) += duration;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tests_clock_goes_on_only_when_somebody_waits() {
        let began: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let clock = Clock::of_test(began);
        assert_eq!((clock.now(), clock.elapsed()), (began, Duration::ZERO));
        clock.wait(Duration::from_secs(3600), &Cancellation::default());
        assert_eq!(clock.now().to_string(), "2026-01-01T01:00:00Z");
        assert_eq!(clock.elapsed(), Duration::from_secs(3600));
    }
}
