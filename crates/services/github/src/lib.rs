//! GitHub's REST API, as far as reports need it.
//!
//! Own tolerant types: fields that are not read are not asked for, and what GitHub adds breaks
//! nothing. Requests that make something are never repeated where the first may have had an effect.
//! <https://docs.github.com/rest>

mod attestations;
mod checks;
mod client;
mod comments;
mod limits;
mod runs;

pub use checks::{Annotation, CheckRun};
pub use client::GitHub;
pub use comments::Comment;
pub use robot_net::{Error, ErrorKind};
pub use runs::{Artifact, Job, PullRequest, WorkflowRun};
