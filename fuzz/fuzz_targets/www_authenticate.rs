//! Fuzzes the reader of challenges.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| robot_fuzz::oci::www_authenticate(bytes));
