//! The edge of every binary: command line in, exit code out, and everything that is written on the way.
//!
//! A tool never prints: the driver writes terminal text, outputs, summary, annotations and results.

mod bounded;
mod common;
mod defect;
mod describe;
mod edge;
mod explain;
mod signals;
mod sinks;
mod step;

pub use edge::{run_bundle, run_tool};
pub use step::StepRequest;
