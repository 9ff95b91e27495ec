//! The circuit breaker of an environment: after some failures one after another, deployments are refused
//! for a while; then one may try.

use jiff::Timestamp;
use robot_model::{Breaker, BreakerState};
use std::time::Duration;

/// When the breaker opens, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Failures one after another that open it; 0 leaves it closed always.
    pub threshold: u32,
    /// How long it stays open.
    pub cooldown: Duration,
}

/// How a deployment ended, as far as the environment is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With success.
    Success,
    /// With a failure that others may meet too.
    Failure,
    /// Neither: a mistake in the request, or another deployment was faster.
    Neither,
}

/// Whether a deployment may begin; it is the one that tries where the breaker was open for long enough.
///
/// # Errors
/// When it may be tried again.
pub fn enter(breaker: &mut Breaker, rule: Rule, now: Timestamp) -> Result<(), Timestamp> {
    if rule.threshold == 0 {
        *breaker = Breaker::default();
        return Ok(());
    }
    // A time that cannot be read does not hold anybody up for ever.
    let retry_at = breaker.retry_at.as_ref().and_then(|time| time.parse::<Timestamp>().ok());
    match (breaker.state, retry_at) {
        // The one that tries has this long; it may have been killed.
        (BreakerState::Open | BreakerState::HalfOpen, Some(retry_at)) if retry_at > now => {
            Err(retry_at)
        }
        (BreakerState::Open | BreakerState::HalfOpen, _) => {
            breaker.state = BreakerState::HalfOpen;
            breaker.retry_at = Some(later(now, rule.cooldown));
            Ok(())
        }
        (BreakerState::Closed, _) => Ok(()),
    }
}

/// Counts how a deployment ended.
pub fn count(breaker: &mut Breaker, ended: Ended, rule: Rule, now: Timestamp) {
    match ended {
        Ended::Success => *breaker = Breaker::default(),
        Ended::Failure => {
            breaker.failures = breaker.failures.saturating_add(1);
            let is_trial = breaker.state == BreakerState::HalfOpen;
            if rule.threshold > 0 && (is_trial || breaker.failures >= rule.threshold) {
                breaker.state = BreakerState::Open;
                breaker.retry_at = Some(later(now, rule.cooldown));
            }
        }
        // Whoever tries next tries at once.
        Ended::Neither if breaker.state == BreakerState::HalfOpen => {
            breaker.state = BreakerState::Open;
            breaker.retry_at = Some(now.to_string());
        }
        Ended::Neither => {}
    }
}

fn later(time: Timestamp, by: Duration) -> String {
    time.checked_add(by).unwrap_or(Timestamp::MAX).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULE: Rule = Rule { threshold: 3, cooldown: Duration::from_secs(600) };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn it_opens_after_failures_and_one_deployment_tries() {
        let mut breaker = Breaker::default();
        for second in 0..3 {
            assert_eq!(enter(&mut breaker, RULE, at(second)), Ok(()));
            count(&mut breaker, Ended::Failure, RULE, at(second));
        }
        assert_eq!(breaker.state, BreakerState::Open);
        assert_eq!(enter(&mut breaker, RULE, at(601)), Err(at(602)));
        assert_eq!(enter(&mut breaker, RULE, at(602)), Ok(()));
        assert_eq!(breaker.state, BreakerState::HalfOpen);
        // Only one.
        assert!(enter(&mut breaker, RULE, at(603)).is_err());
        count(&mut breaker, Ended::Failure, RULE, at(610));
        assert_eq!(enter(&mut breaker, RULE, at(1209)), Err(at(1210)));
        assert_eq!(enter(&mut breaker, RULE, at(1210)), Ok(()));
        count(&mut breaker, Ended::Success, RULE, at(1211));
        assert_eq!(breaker, Breaker::default());
    }

    #[test]
    fn one_that_tried_and_was_killed_blocks_no_longer_than_the_cooldown() {
        let mut breaker = Breaker { failures: 3, state: BreakerState::Open, retry_at: None };
        assert_eq!(enter(&mut breaker, RULE, at(0)), Ok(()));
        assert!(enter(&mut breaker, RULE, at(599)).is_err());
        assert_eq!(enter(&mut breaker, RULE, at(600)), Ok(()));
    }

    proptest! {
        /// Whatever happens, it never holds back for longer than the cooldown, and a success closes it.
        #[test]
        fn it_never_stays_open_for_ever(ends in prop::collection::vec((0..3_u8, 0..2000_i64), 0..20)) {
            let (mut breaker, mut second) = (Breaker::default(), 0);
            for (end, pause) in ends {
                second += pause;
                match enter(&mut breaker, RULE, at(second)) {
                    Err(retry_at) => prop_assert!(retry_at <= at(second + 600)),
                    Ok(()) => {
                        let end = [Ended::Success, Ended::Failure, Ended::Neither][usize::from(end)];
                        count(&mut breaker, end, RULE, at(second));
                        if end == Ended::Success {
                            prop_assert_eq!(&breaker, &Breaker::default());
                        }
                    }
                }
            }
        }
    }
}
