//! The entry point of every binary: parses the command line, writes all output, returns the exit code.
//!
//! A tool never prints: the driver writes terminal text, outputs, summary, annotations and results.
//!
//! A cancelled tool has five seconds: its children get two, then it writes its result, then all services
//! together get two. A tool that panics kills its children and writes a result. The children of a killed tool
//! become children of `robot ci` (a subreaper), which kills them. When `robot ci` itself is killed, the kernel
//! asks each tool to end. Two cases are not covered: a shell command of a killed `robot ci`, and the children
//! of a killed tool that runs without `robot ci`.

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
