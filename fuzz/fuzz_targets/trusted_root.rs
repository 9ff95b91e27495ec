//! Fuzzes the reader of trusted roots.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| robot_fuzz::sigstore::trusted_root(bytes));
