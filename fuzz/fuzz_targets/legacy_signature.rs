//! Fuzzes the reader of older signatures.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| robot_fuzz::sigstore::legacy_signature(bytes));
