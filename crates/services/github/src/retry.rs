//! When to ask again.
//! <https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api>

use crate::ErrorKind;
use robot_net::Answer;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Requests for one answer, the first included.
pub(crate) const ATTEMPTS: u32 = 4;

/// What an answer that is no success means.
pub(crate) fn kind(answer: &Answer) -> ErrorKind {
    match answer.status {
        429 => ErrorKind::Limited,
        // Secondary limits come as 403, sometimes without any header that says so.
        403 if is_limited(answer) => ErrorKind::Limited,
        401 | 403 => ErrorKind::Forbidden,
        404 | 410 => ErrorKind::NotFound,
        500.. => ErrorKind::Unavailable,
        _ => ErrorKind::Refused,
    }
}

fn is_limited(answer: &Answer) -> bool {
    let said = String::from_utf8_lossy(&answer.body).to_lowercase();
    answer.header("retry-after").is_some()
        || answer.header("x-ratelimit-remaining") == Some("0")
        || said.contains("secondary rate limit")
        || said.contains("abuse detection")
}

/// How long to wait before the next attempt, `attempt` counted from 0.
pub(crate) fn wait(kind: ErrorKind, answer: Option<&Answer>, attempt: u32) -> Duration {
    let header = |name| answer.and_then(|answer| answer.header(name)?.parse::<u64>().ok());
    let steps = 1 << attempt.min(6);
    if kind != ErrorKind::Limited {
        return Duration::from_secs(steps);
    }
    if let Some(seconds) = header("retry-after") {
        return Duration::from_secs(seconds);
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    match header("x-ratelimit-reset") {
        Some(reset) if header("x-ratelimit-remaining") == Some(0) => {
            Duration::from_secs(reset.saturating_sub(now) + 1)
        }
        // "Otherwise, wait for at least one minute, … an exponentially increasing amount of time."
        _ => Duration::from_secs(60 * steps),
    }
}
