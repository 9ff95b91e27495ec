//! The edge of every binary: command line in, exit code out, and everything that is written on the way.
//!
//! A tool never prints: the driver writes terminal text, outputs, summary, annotations and results.
//!
//! A cancelled tool has five seconds: its children get two, then its result is written, then
//! services get two together. A tool that panics kills its children and leaves a result. One that
//! is killed leaves children that `robot ci`, to which the kernel gives orphans, finds and kills.
//! When `robot ci` itself is killed, the kernel asks each tool to end. Two cases are not covered: a
//! shell line of a killed `robot ci`, and children of a killed tool that nothing is above.

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
