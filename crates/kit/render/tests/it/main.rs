//! What the forms of a report have in common, and what keeps them safe.

#![expect(clippy::unwrap_used, reason = "helpers of tests are not #[test] functions themselves")]

mod forms;
mod markdown;
