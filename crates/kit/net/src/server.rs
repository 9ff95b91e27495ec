//! What is known of a server before it is asked.

use crate::Answer;
use std::time::Duration;

/// A server, and how to speak with it.
#[derive(Debug, Clone)]
pub struct Server<'a> {
    /// An address below which it is asked; its scheme decides whether certificates are needed.
    pub url: &'a str,
    /// Who we say we are.
    pub agent: &'a str,
    /// PEM certificates of authorities that are trusted instead of the system's.
    pub authorities: Option<&'a [u8]>,
    /// PEM of our certificate, its chain and its key. A server that asks for it gets it, so no
    /// redirect to another host is followed.
    pub identity: Option<&'a [u8]>,
    /// How long is waited.
    pub deadlines: Deadlines,
    /// How the server says that it limits us, beside status 429 and `Retry-After`: how long to wait,
    /// where the answer says so.
    pub limited: fn(&Answer) -> Option<Limit>,
}

impl<'a> Server<'a> {
    /// A server that is like most.
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

/// A limit that an answer tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// It ends after so long.
    For(Duration),
    /// It does not say when it ends.
    Unknown,
}

/// How long is waited for what.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    /// For a connection, the TLS handshake included.
    pub connect: Duration,
    /// For the next bytes. For the first of them, the sending of the request counts as well: a large
    /// body needs more.
    pub read: Duration,
    /// For a whole answer; does not hold for streams.
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
