//! Registries: a fake one that can be told to fail, and a real one.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests are not #[test] functions themselves"
)]

mod contract;
mod corpora;
mod faults;
mod login;
mod pushing;
mod reading;
mod world;
