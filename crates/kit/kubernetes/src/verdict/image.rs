//! What a failed pull says: only its text tells a missing image from a registry that is down.

/// Texts of answers that another attempt does not change.
const LASTING: [&str; 14] = [
    ": not found",
    "manifest unknown",
    "manifest_unknown",
    "name unknown",
    "name_unknown",
    "repository does not exist",
    "404 not found",
    "unauthorized",
    "401 unauthorized",
    "403 forbidden",
    "authorization failed",
    "no basic auth credentials",
    "access denied",
    "no match for platform",
];

/// Texts of answers that may change by themselves; they win over the others.
const PASSING: [&str; 12] = [
    "429 too many requests",
    "toomanyrequests",
    "rate limit",
    "500 internal server error",
    "502 bad gateway",
    "503 service unavailable",
    "504 gateway timeout",
    "connection refused",
    "connection reset",
    "i/o timeout",
    "no such host",
    "tls handshake timeout",
];

/// Whether no later pull of the same image will do better.
pub(super) fn is_lasting(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    let has = |texts: &[&str]| texts.iter().any(|text| message.contains(text));
    has(&LASTING) && !has(&PASSING)
}

#[cfg(test)]
mod tests {
    use super::is_lasting;

    #[test]
    fn a_registry_that_is_down_is_told_from_an_image_that_is_not_there() {
        // kubelet 1.37.2 with containerd 1.6.20.
        let pull = r#"failed to pull and unpack image "127.0.0.1:15000/absent:1": failed to resolve reference "127.0.0.1:15000/absent:1": "#;
        for (end, expected) in [
            ("127.0.0.1:15000/absent:1: not found", true),
            (
                "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
                true,
            ),
            (
                "failed to authorize: failed to fetch anonymous token: unexpected status: 401 Unauthorized",
                true,
            ),
            (
                "unexpected status from HEAD request to http://127.0.0.1:15000/v2/absent/manifests/1: 429 Too Many Requests",
                false,
            ),
            (
                "unexpected status from HEAD request to http://127.0.0.1:15000/v2/absent/manifests/1: 503 Service Unavailable",
                false,
            ),
            (
                r#"failed to do request: Head "http://127.0.0.1:5999/v2/robot/manifests/1": dial tcp 127.0.0.1:5999: connect: connection refused"#,
                false,
            ),
        ] {
            assert_eq!(is_lasting(&format!("{pull}{end}")), expected, "{end}");
        }
    }
}
