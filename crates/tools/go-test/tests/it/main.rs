//! The tool on modules that real Go builds and tests.

#![expect(clippy::unwrap_used, reason = "helpers of tests are not #[test] functions themselves")]

mod framework;
mod module;
mod observed;
mod outcomes;
mod proof;
mod sealed;
mod services;
