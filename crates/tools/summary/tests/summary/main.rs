//! The binary against GitHub's API: one comment, whatever happens.

#![expect(clippy::unwrap_used, reason = "helpers of tests are not #[test] functions themselves")]

mod check;
mod comment;
mod content;
mod evidence;
mod fork;
mod interrupted;
mod world;
