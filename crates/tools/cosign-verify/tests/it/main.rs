//! `cosign-verify` through its binary.

#![expect(clippy::unwrap_used, reason = "helpers of tests are not #[test] functions themselves")]

mod conformance;
mod images;
mod real_cosign;
mod refresh_root;
mod world;
