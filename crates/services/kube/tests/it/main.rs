//! The verdict engine on states of workloads, replayed on a clock of the test's own.

#![expect(clippy::unwrap_used, reason = "helpers of tests are not #[test] functions themselves")]

mod replay;
mod scenarios;
mod sound;
