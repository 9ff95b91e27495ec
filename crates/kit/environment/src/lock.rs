//! One holder at a time, for a limited time.

use jiff::Timestamp;
use robot_model::{EnvironmentState, Lock};
use std::time::Duration;

/// How a lock was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// Nobody had it, or the same holder.
    Free,
    /// Of a holder that did not renew it: it was killed, or lost its connection.
    Of(String),
}

/// Takes the lock for `holder`, or renews it.
///
/// # Errors
/// Who has it.
pub fn take(
    state: &mut EnvironmentState,
    holder: &str,
    lease: Duration,
    now: Timestamp,
) -> Result<Taken, Lock> {
    let taken = match &state.lock {
        None => Taken::Free,
        Some(lock) if lock.holder == holder => Taken::Free,
        // A time that cannot be read does not hold anybody up for ever.
        Some(lock) => match lock.expires.parse::<Timestamp>() {
            Ok(expires) if expires > now => return Err(lock.clone()),
            _ => Taken::Of(lock.holder.clone()),
        },
    };
    let expires = now.checked_add(lease).unwrap_or(Timestamp::MAX).to_string();
    state.lock = Some(Lock { holder: holder.to_owned(), expires });
    Ok(taken)
}

/// Gives the lock up; `false` where somebody else has it.
pub fn release(state: &mut EnvironmentState, holder: &str) -> bool {
    let is_own = state.lock.as_ref().is_some_and(|lock| lock.holder == holder);
    if is_own {
        state.lock = None;
    }
    is_own
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: Duration = Duration::from_secs(60);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn one_holder_has_it_until_it_ends_or_dies() {
        let mut state = EnvironmentState::new("echo", "staging");
        assert_eq!(take(&mut state, "run 1", LEASE, at(0)), Ok(Taken::Free));
        let held = take(&mut state, "run 2", LEASE, at(59)).unwrap_err();
        assert_eq!(held.holder, "run 1");
        // It is renewed by who has it.
        assert_eq!(take(&mut state, "run 1", LEASE, at(50)), Ok(Taken::Free));
        assert!(take(&mut state, "run 2", LEASE, at(100)).is_err());
        assert_eq!(take(&mut state, "run 2", LEASE, at(110)), Ok(Taken::Of("run 1".to_owned())));
        assert!(!release(&mut state, "run 1"));
        assert!(release(&mut state, "run 2"));
        assert_eq!(state.lock, None);
    }
}
