//! Cells with the real go: what they come to, and what later runs repeat.

#![expect(clippy::unwrap_used, reason = "helpers of tests are not #[test] functions themselves")]

mod broken;
mod cells;
mod corpora;
mod divided;
mod kept;
