//! Errors of requests.

/// Kind of error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// An address, a certificate or a key is invalid: the settings are wrong.
    Settings,
    /// 401, 403, 407: the credentials do not allow it.
    Forbidden,
    /// 404, 410: it does not exist, or the credentials do not show it.
    NotFound,
    /// A rate limit that did not end within the patience.
    Limited,
    /// Any other failure status, such as 400 and 422: the server rejects the request.
    Refused,
    /// 408, 5xx, or no response.
    Unavailable,
    /// No connection, no next bytes, or no complete response within the deadline.
    TooSlow,
    /// The response exceeds the caller's limit.
    TooLarge,
    /// The response does not match the documentation.
    Malformed,
    /// The run was cancelled.
    Interrupted,
    /// The operating system refuses a resource.
    Internal,
}

/// Why a request failed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{request}: {reason}")]
pub struct Error {
    /// Kind of error.
    pub kind: ErrorKind,
    /// Whether the request may have had its effect nevertheless. Never set for a repeatable request.
    pub is_unsure: bool,
    /// Method and address, without the query.
    pub request: String,
    /// What the server or the network said.
    pub reason: String,
}

impl Error {
    pub(crate) fn settings(what: &str, reason: impl Into<String>) -> Self {
        let (request, reason) = (what.to_owned(), reason.into());
        Self { kind: ErrorKind::Settings, is_unsure: false, request, reason }
    }

    /// Whether a later attempt may succeed.
    pub const fn may_pass(&self) -> bool {
        matches!(self.kind, ErrorKind::Limited | ErrorKind::Unavailable | ErrorKind::TooSlow)
    }
}

/// How an attempt failed.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Nothing reached the server, so that sending again cannot repeat an effect.
    Unsent(ErrorKind, String),
    /// The server may have processed the request.
    Unsure(ErrorKind, String),
}

impl Trouble {
    pub(crate) fn of(error: reqwest::Error) -> Self {
        // The URL of a redirect may contain a signature.
        let error = error.without_url();
        let reason = reason(&error);
        if error.is_builder() {
            return Self::Unsent(ErrorKind::Settings, reason);
        }
        let kind = if error.is_timeout() { ErrorKind::TooSlow } else { ErrorKind::Unavailable };
        if error.is_connect() {
            return Self::Unsent(kind, reason);
        }
        if error.is_redirect() {
            return Self::Unsure(ErrorKind::Malformed, reason);
        }
        Self::Unsure(kind, reason)
    }

    pub(crate) fn into_error(self, request: String, is_repeatable: bool) -> Error {
        match self {
            Self::Unsent(kind, reason) => Error { kind, is_unsure: false, request, reason },
            Self::Unsure(kind, reason) => {
                Error { kind, is_unsure: !is_repeatable, request, reason }
            }
        }
    }
}

/// The causes, outermost first, without those that only name a layer.
fn reason(error: &reqwest::Error) -> String {
    let mut causes = Vec::new();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        let said = cause.to_string();
        if !said.starts_with("client error (") && causes.last() != Some(&said) {
            causes.push(said);
        }
        next = cause.source();
    }
    match causes.is_empty() {
        true => error.to_string(),
        false => causes.join(": "),
    }
}
