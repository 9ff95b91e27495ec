//! Everything that can go wrong between us and a registry.

use robot_contract::Failure;
use robot_net::Answer;
use serde::Deserialize;

/// What kind of trouble it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// A setting or a file with credentials is not valid.
    Settings,
    /// The registry is there, and what was asked for is not.
    NotFound,
    /// There are no credentials, or the registry does not accept them.
    Unauthorized,
    /// The credentials are accepted and do not allow it.
    Forbidden,
    /// A rate limit that did not end while we waited.
    RateLimited,
    /// The registry does not accept the request.
    Refused,
    /// The registry broke down, or there was no answer.
    ServerFailed,
    /// The content is not what its digest says.
    DigestMismatch,
    /// The content is larger than the caller takes.
    TooLarge,
    /// There was no answer, or not all of it, within the deadline.
    TooSlow,
    /// An answer that is not what the specification says.
    Malformed,
    /// The run was cancelled.
    Interrupted,
    /// The operating system does not give what is needed.
    Internal,
}

/// Why a registry did not give, or take, what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{request}: {reason}")]
pub struct Error {
    /// What kind of trouble.
    pub kind: ErrorKind,
    /// What was asked: method and address.
    pub request: String,
    /// What the registry or the network said.
    pub reason: String,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, request: &str, reason: impl Into<String>) -> Self {
        Self { kind, request: request.to_owned(), reason: reason.into() }
    }

    /// What an answer that is no success means.
    pub(crate) fn of_answer(request: &str, answer: &Answer) -> Self {
        let kind = match answer.status {
            401 | 407 => ErrorKind::Unauthorized,
            403 => ErrorKind::Forbidden,
            404 | 410 => ErrorKind::NotFound,
            429 => ErrorKind::RateLimited,
            408 | 500.. => ErrorKind::ServerFailed,
            _ => ErrorKind::Refused,
        };
        Self::new(kind, request, said(answer))
    }

    /// The next step for whoever reads the error; `None` where there is only to try again.
    pub const fn hint(&self) -> Option<&'static str> {
        Some(match self.kind {
            ErrorKind::NotFound => "check the name of the image and that it was pushed",
            ErrorKind::Unauthorized => {
                "log in with `docker login`, or give the action `registry-username` and `registry-password`"
            }
            ErrorKind::Forbidden => {
                "give the credentials access to the repository; on ghcr.io, the job needs `permissions: packages`"
            }
            ErrorKind::RateLimited => "wait, or log in to the registry for a higher limit",
            ErrorKind::DigestMismatch => {
                "do not use this content; ask who runs the registry or the proxy before it"
            }
            ErrorKind::Settings => "correct the setting that is named",
            ErrorKind::ServerFailed | ErrorKind::TooSlow | ErrorKind::Malformed => {
                "run the job again; if it fails again, ask who runs the registry"
            }
            ErrorKind::Refused
            | ErrorKind::TooLarge
            | ErrorKind::Interrupted
            | ErrorKind::Internal => return None,
        })
    }

    /// The failure of a verb that could not do `what` because of it.
    pub fn into_failure(self, what: impl Into<String>) -> Failure {
        let failure = match self.kind {
            ErrorKind::Settings => Failure::user(what),
            ErrorKind::Interrupted => Failure::interrupted(what),
            ErrorKind::Internal => Failure::internal(what),
            _ => Failure::external(what),
        };
        let failure = failure.caused_by(&self);
        match self.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<robot_net::Error> for Error {
    fn from(error: robot_net::Error) -> Self {
        use robot_net::ErrorKind as Net;
        let kind = match error.kind {
            Net::Settings => ErrorKind::Settings,
            Net::Forbidden => ErrorKind::Forbidden,
            Net::NotFound => ErrorKind::NotFound,
            Net::Limited => ErrorKind::RateLimited,
            Net::Refused => ErrorKind::Refused,
            Net::Unavailable => ErrorKind::ServerFailed,
            Net::TooSlow => ErrorKind::TooSlow,
            Net::TooLarge => ErrorKind::TooLarge,
            Net::Malformed => ErrorKind::Malformed,
            Net::Interrupted => ErrorKind::Interrupted,
            Net::Internal => ErrorKind::Internal,
        };
        Self { kind, request: error.request, reason: error.reason }
    }
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    errors: Vec<OneError>,
}

#[derive(Deserialize)]
struct OneError {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

/// The status, and what the registry says of it, cut, as it comes from outside.
/// <https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes>
fn said(answer: &Answer) -> String {
    let said: Option<Said> = serde_json::from_slice(&answer.body).ok();
    let said = said.and_then(|said| said.errors.into_iter().next());
    let said = said.map(|said| format!("{} {}", said.code, said.message)).unwrap_or_default();
    let said: String =
        said.trim().chars().filter(|character| !character.is_control()).take(300).collect();
    format!("status {} {said}", answer.status).trim_end().to_owned()
}
