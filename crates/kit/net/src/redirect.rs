//! Policy for redirects.

use reqwest::redirect::{Attempt, Policy};

/// Largest number of redirects.
const MOST: usize = 5;

/// `is_known` is set if a client certificate is configured, which any server that asks would receive.
pub(crate) fn policy(is_known: bool) -> Policy {
    Policy::custom(move |attempt: Attempt| {
        let next = attempt.url().clone();
        let Some(last) = attempt.previous().last().cloned() else { return attempt.follow() };
        if attempt.previous().len() > MOST {
            return attempt.error(format!("more than {MOST} redirects"));
        }
        if last.scheme() == "https" && next.scheme() != "https" {
            return attempt.error("a redirect from https to http is not followed");
        }
        let is_other = last.host_str() != next.host_str()
            || last.port_or_known_default() != next.port_or_known_default();
        if is_known && is_other {
            return attempt
                .error("a redirect to another host is not followed with a client certificate");
        }
        attempt.follow()
    })
}
