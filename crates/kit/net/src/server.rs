//! Configuration of a server.

use crate::Answer;
use std::time::Duration;

/// A server and how to connect to it.
#[derive(Debug, Clone)]
pub struct Server<'a> {
    /// Base URL; its scheme decides whether certificates are needed.
    pub url: &'a str,
    /// `User-Agent` header.
    pub agent: &'a str,
    /// PEM certificates of the authorities to trust instead of the system's.
    pub authorities: Option<&'a [u8]>,
    /// PEM of the client certificate, its chain and its key. Any server that asks for it receives it, so redirects
    /// to another host are refused.
    pub identity: Option<&'a [u8]>,
    /// Deadlines.
    pub deadlines: Deadlines,
    /// Recognizes the server's rate limits in addition to status 429 and `Retry-After`, with the time to wait if
    /// the response contains it.
    pub limited: fn(&Answer) -> Option<Limit>,
}

impl<'a> Server<'a> {
    /// A server with default settings.
    pub fn new(url: &'a str, agent: &'a str) -> Self {
        Self {
            url,
            agent,
            authorities: None,
            identity: None,
            deadlines: Deadlines::default(),
            limited: |_| None,
        }
    }
}

/// A rate limit in a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// It ends after this time.
    For(Duration),
    /// Its end is unknown.
    Unknown,
}

/// Deadlines.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    /// For a connection, the TLS handshake included.
    pub connect: Duration,
    /// For the next bytes. For the first ones, sending the request counts too, so that a large body needs more.
    pub read: Duration,
    /// For a complete response; not applied to streams.
    pub whole: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            read: Duration::from_secs(30),
            whole: Duration::from_secs(300),
        }
    }
}
