//! The HTTP client, and the only crate that names a TLS provider.
//!
//! It is asynchronous and needs no thread of its own: a tool opens one runtime with [`block_on`] and sends all
//! its requests in it. There is one retry policy ([`Client::ask`]) and one list of errors ([`ErrorKind`]). An
//! error says whether the request may have had an effect, so that a change is never sent twice by mistake.
//!
//! TLS is rustls with aws-lc-rs, set for each client, so that no process-wide default matters. The trusted
//! authorities are the system's or those configured for the server. With a client certificate, redirects to
//! another host are refused. Deadlines: 10 s for a connection, 30 s for each read, 5 min for a complete
//! response; a stream has only the deadline for reads. Every wait ends when the run is cancelled. A request is
//! sent up to four times within the caller's patience: after `Retry-After` if given, else after 1, 2 and 4 s.

mod answer;
mod client;
mod error;
mod probe;
mod proxy;
mod redirect;
mod request;
mod retry;
mod runtime;
mod server;
#[cfg(feature = "tls")]
mod tls;

pub use answer::{Answer, Streaming};
pub use bytes::Bytes;
pub use client::Client;
pub use error::{Error, ErrorKind};
pub use probe::answers;
pub use request::{Method, Request};
pub use retry::Patience;
pub use runtime::{block_on, pause};
pub use server::{Deadlines, Limit, Server};
