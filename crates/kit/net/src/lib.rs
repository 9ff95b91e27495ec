//! The one HTTP client, and the only crate that names a TLS provider.
//!
//! Synchronous: a tool that posts one comment waits for nothing else. An error says whether the
//! request can have had an effect, so that what is no read is never sent twice by guess.

mod client;
mod error;
mod proxy;

pub use client::{Answer, Client, Method, Request};
pub use error::Error;
