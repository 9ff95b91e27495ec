//! The retry policy: when to send a request again, and after how long.

use crate::{Answer, ErrorKind, Limit};
use jiff::Timestamp;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Number of attempts, including the first.
pub(crate) const ATTEMPTS: u32 = 4;
/// "Otherwise, wait for at least one minute, … an exponentially increasing amount of time."
/// <https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api>
const LIMITED: Duration = Duration::from_secs(60);

/// Total time that may be spent waiting for rate limits and for servers that do not respond.
#[derive(Debug)]
pub struct Patience(Mutex<Duration>);

impl Patience {
    /// Patience of this duration.
    pub const fn new(left: Duration) -> Self {
        Self(Mutex::new(left))
    }

    /// Subtracts `wait`; returns `false` if less is left.
    pub(crate) fn take(&self, wait: Duration) -> bool {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(rest) = left.checked_sub(wait) else { return false };
        *left = rest;
        true
    }
}

/// The error that a failed response stands for, and how long to wait before the next attempt. `attempt` starts
/// at 0.
pub(crate) fn judge(answer: &Answer, limit: Option<Limit>, attempt: u32) -> (ErrorKind, Duration) {
    let told = answer.header("retry-after").and_then(|value| retry_after(value, Timestamp::now()));
    let limit = limit.or((answer.status == 429).then_some(Limit::Unknown));
    if let Some(limit) = limit {
        let wait = match limit {
            Limit::For(wait) => wait,
            Limit::Unknown => told.unwrap_or(LIMITED * factor(attempt)),
        };
        return (ErrorKind::Limited, wait);
    }
    let kind = match answer.status {
        401 | 403 | 407 => ErrorKind::Forbidden,
        404 | 410 => ErrorKind::NotFound,
        408 | 500.. => ErrorKind::Unavailable,
        _ => ErrorKind::Refused,
    };
    (kind, told.unwrap_or(step(attempt)))
}

/// 1 s, 2 s, 4 s, …
pub(crate) fn step(attempt: u32) -> Duration {
    Duration::from_secs(1) * factor(attempt)
}

const fn factor(attempt: u32) -> u32 {
    1 << if attempt < 6 { attempt } else { 6 }
}

/// `Retry-After` in seconds or as a date: RFC 9110, section 10.2.3.
fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};

    fn answer(status: u16, after: Option<&'static str>) -> Answer {
        let after = after.map(|after| (RETRY_AFTER, HeaderValue::from_static(after)));
        Answer { status, headers: HeaderMap::from_iter(after), body: Vec::new() }
    }

    #[test]
    fn each_status_has_its_meaning_and_its_wait() {
        let seconds = Duration::from_secs;
        for (status, after, limit, expected) in [
            (403, None, None, (ErrorKind::Forbidden, seconds(2))),
            (403, None, Some(Limit::For(seconds(7))), (ErrorKind::Limited, seconds(7))),
            (403, Some("9"), Some(Limit::Unknown), (ErrorKind::Limited, seconds(9))),
            (404, None, None, (ErrorKind::NotFound, seconds(2))),
            (422, None, None, (ErrorKind::Refused, seconds(2))),
            (429, None, None, (ErrorKind::Limited, seconds(120))),
            (429, Some("3"), None, (ErrorKind::Limited, seconds(3))),
            (502, None, None, (ErrorKind::Unavailable, seconds(2))),
            (503, Some("5"), None, (ErrorKind::Unavailable, seconds(5))),
            (503, Some("soon"), None, (ErrorKind::Unavailable, seconds(2))),
        ] {
            assert_eq!(judge(&answer(status, after), limit, 1), expected, "{status} {after:?}");
        }
    }

    #[test]
    fn a_date_is_taken_as_well_as_seconds() {
        let now: Timestamp = "2026-01-02T03:04:00Z".parse().unwrap();
        let wait = |value| retry_after(value, now);
        assert_eq!(wait("Fri, 02 Jan 2026 03:04:30 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(wait("Fri, 02 Jan 2026 03:03:00 GMT"), Some(Duration::ZERO));
        assert_eq!(
            (wait(" 12 "), wait("-1"), wait("")),
            (Some(Duration::from_secs(12)), None, None)
        );
    }

    #[test]
    fn patience_ends() {
        let patience = Patience::new(Duration::from_secs(3));
        assert!(patience.take(Duration::from_secs(2)));
        assert!(!patience.take(Duration::from_secs(2)));
        assert!(patience.take(Duration::from_secs(1)));
        assert!(!patience.take(Duration::from_secs(1)));
    }
}
