//! Recognizes GitHub's rate limits.
//! <https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api>

use robot_net::{Answer, Limit};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The rate limit in a response. Secondary limits have status 403, sometimes without a header that identifies them.
pub(crate) fn limit(answer: &Answer) -> Option<Limit> {
    let is_limit = match answer.status {
        429 => true,
        403 => is_limited(answer),
        _ => false,
    };
    if !is_limit {
        return None;
    }
    let is_spent = answer.header("x-ratelimit-remaining") == Some("0");
    let reset = answer.header("x-ratelimit-reset").and_then(|time| time.parse::<u64>().ok());
    Some(match reset {
        Some(reset) if is_spent && answer.header("retry-after").is_none() => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
            Limit::For(Duration::from_secs(reset.saturating_sub(now) + 1))
        }
        _ => Limit::Unknown,
    })
}

fn is_limited(answer: &Answer) -> bool {
    let said = String::from_utf8_lossy(&answer.body).to_lowercase();
    answer.header("retry-after").is_some()
        || answer.header("x-ratelimit-remaining") == Some("0")
        || said.contains("secondary rate limit")
        || said.contains("abuse detection")
}
