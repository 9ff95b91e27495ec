//! `go-image` through its binary, with real Go, and a fake registry and a real one.

#![expect(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "helpers of tests are not #[test] functions themselves"
)]

mod base;
mod building;
mod faults;
mod programs;
mod real;
mod runtime;
mod world;
