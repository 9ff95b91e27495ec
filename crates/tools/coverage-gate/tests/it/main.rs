//! The gate on modules with real profiles and real repositories.

#![expect(clippy::unwrap_used, reason = "helpers of tests are not #[test] functions themselves")]

mod changes;
mod false_evidence;
mod history;
mod real_go;
mod world;
