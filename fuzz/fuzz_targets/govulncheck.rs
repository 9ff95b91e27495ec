//! Fuzzes the reader of govulncheck's messages.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| robot_fuzz::security::govulncheck(bytes));
