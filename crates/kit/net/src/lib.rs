//! The one HTTP client, and the only crate that names a TLS provider.
//!
//! It is asynchronous and needs no thread of its own: a tool opens one runtime with [`block_on`] and
//! does in it all that it asks of servers. There is one retry policy ([`Client::ask`]) and one list of
//! what can go wrong ([`ErrorKind`]). An error says whether the request can have had an effect, so that
//! what changes something is never sent twice by guess.
//!
//! TLS is rustls with aws-lc-rs, named for each client, so that no process-wide default matters.
//! The authorities are the system's or those of the server, which may also get a client
//! certificate; then no redirect leads to another host. A connection has 10 s, each read 30 s, a
//! whole answer 5 min; a stream has only the deadline for reads. Every wait ends when the run is
//! cancelled. A request is sent up to four times within the caller's patience: `Retry-After` first,
//! then after 1, 2 and 4 s.

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
