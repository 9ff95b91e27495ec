//! The parts of GitHub's REST API that reports need.
//!
//! It uses its own tolerant types, which have only the fields that are read, so that additions by GitHub break nothing.
//! Requests that create something are never repeated if the first may have had an effect.
//! <https://docs.github.com/rest>

mod attestations;
mod checks;
mod client;
mod code_scanning;
mod comments;
mod limits;
mod runs;

pub use checks::{Annotation, CheckRun};
pub use client::GitHub;
pub use code_scanning::{SarifStatus, SarifUpload};
pub use comments::Comment;
pub use robot_net::{Error, ErrorKind};
pub use runs::{Artifact, Job, PullRequest, WorkflowRun};
