//! Responses of a server.

use crate::error::Trouble;
use crate::{Error, ErrorKind};
use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use robot_cancel::Cancellation;

/// A complete response with any status.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    pub(crate) headers: HeaderMap,
    /// The body, as sent.
    pub body: Vec<u8>,
}

impl Answer {
    /// A header by its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether the status is 2xx.
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..300)
    }

    /// The status and the server's message, cut to a limit because it is untrusted; without a message, the
    /// status's name.
    pub(crate) fn reason(&self) -> String {
        let body: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        // GitHub and Kubernetes; registries; Prometheus.
        let places = ["/message", "/errors/0/message", "/error"];
        let said = places.iter().find_map(|place| body.pointer(place)?.as_str());
        let name = StatusCode::from_u16(self.status).ok().and_then(|code| code.canonical_reason());
        let said: String = said.or(name).unwrap_or_default().chars().take(300).collect();
        format!("{} {said}", self.status).trim_end().to_owned()
    }
}

/// A response whose body is streamed.
#[derive(Debug)]
pub struct Streaming {
    pub(crate) response: reqwest::Response,
    /// Method and address, for errors.
    pub(crate) request: String,
    pub(crate) is_repeatable: bool,
    /// Bytes that may still be read.
    pub(crate) left: u64,
    pub(crate) cancellation: Cancellation,
}

impl Streaming {
    /// HTTP status.
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// A header by its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// The next bytes of the body; `None` at its end.
    ///
    /// # Errors
    /// The connection ends before the body does, no data arrives within the deadline, the body exceeds the
    /// request's limit, or the run was cancelled.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let read = self.cancellation.unless_cancelled(self.response.chunk()).await;
        let trouble = match read {
            Some(Ok(Some(chunk))) => match self.left.checked_sub(chunk.len() as u64) {
                Some(left) => {
                    self.left = left;
                    return Ok(Some(chunk));
                }
                None => too_large(),
            },
            Some(Ok(None)) => return Ok(None),
            Some(Err(error)) => match Trouble::of(error) {
                // By now the server has received the whole request.
                Trouble::Unsent(kind, reason) => Trouble::Unsure(kind, reason),
                trouble => trouble,
            },
            None => interrupted(),
        };
        Err(trouble.into_error(self.request.clone(), self.is_repeatable))
    }
}

pub(crate) fn too_large() -> Trouble {
    let reason = "the response exceeds the size limit".to_owned();
    Trouble::Unsure(ErrorKind::TooLarge, reason)
}

pub(crate) fn interrupted() -> Trouble {
    Trouble::Unsure(ErrorKind::Interrupted, "the run was cancelled".to_owned())
}
