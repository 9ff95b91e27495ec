//! Fuzzes the reader of bundles.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| robot_fuzz::sigstore::bundle(bytes));
