//! `cosign-verify` through its binary.

mod conformance;
