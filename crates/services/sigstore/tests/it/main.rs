//! Signatures of an instance that the tests make up, judged.

#![expect(clippy::unwrap_used, reason = "helpers of tests are not #[test] functions themselves")]

mod corpora;
mod identities;
mod keys;
mod legacy;
mod limits;
mod past;
mod world;
