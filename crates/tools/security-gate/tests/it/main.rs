//! The gate on reports and with real scanners.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests are not #[test] functions themselves"
)]

mod corpora;
mod evidence;
mod kept;
mod real_scanners;
mod real_trivy;
mod sealed;
mod upload;
mod world;
