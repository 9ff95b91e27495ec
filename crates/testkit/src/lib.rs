//! Test support: a fake runner, temporary repositories and modules, act, and text without values that differ from run to run.
//!
//! Helpers panic on failure, which ends the test; none returns an error.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a broken set-up must end the test, with the place"
)]

mod act;
mod corpus;
mod file_server;
mod files;
mod github;
mod http;
mod markdown;
mod module;
mod outputs;
mod processes;
mod registry;
mod repository;
mod runner;
mod scrub;
mod sigstore;
mod tool;
mod wait;
mod xml;

pub use act::{Act, ActRun};
pub use corpus::corpus;
pub use file_server::FileServer;
pub use files::write;
pub use github::{FakeCheck, FakeComment, FakeGitHub, Fault};
pub use markdown::{Effects, HOSTILE, effects};
pub use module::GoModule;
pub use processes::processes_in;
pub use registry::{FakeRegistry, RealRegistry, RegistryFault};
pub use repository::Repository;
pub use runner::{Event, Runner, scrubbed, scrubbed_variables};
pub use scrub::scrub;
pub use sigstore::{TestSigner, TestSigstore, Vector, conformance_vectors, cosign_recorded};
pub use tool::tool;
pub use wait::wait_until;
pub use xml::parse_xml;
