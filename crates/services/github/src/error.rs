/// What kind of trouble it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// 401, 403: the token may not do this.
    Forbidden,
    /// 404, 410: it is not there, or the token may not see it.
    NotFound,
    /// A rate limit, primary or secondary, that did not end while we waited.
    Limited,
    /// 400, 422: GitHub does not understand us.
    Refused,
    /// 5xx, or no answer at all.
    Unavailable,
    /// An answer that is not what the documentation says.
    Malformed,
}

/// Why a request had no result.
#[derive(Debug, thiserror::Error)]
#[error("{request}: {reason}")]
pub struct Error {
    /// What kind of trouble.
    pub kind: ErrorKind,
    /// Whether the request may have had its effect all the same.
    pub is_unsure: bool,
    /// Method and path.
    pub request: String,
    /// What GitHub or the network said.
    pub reason: String,
}
