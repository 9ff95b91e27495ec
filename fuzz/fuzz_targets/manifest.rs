//! Fuzzes the reader of a manifest.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| robot_fuzz::deploy::manifest(bytes));
