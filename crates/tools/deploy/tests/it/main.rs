//! Deployments of a real Go program in a real OCI layout, through the binary.

#![expect(clippy::unwrap_used, reason = "helpers of tests are not #[test] functions themselves")]

mod apply;
mod corpora;
mod killed;
mod plan;
mod world;
