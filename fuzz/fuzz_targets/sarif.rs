//! Fuzzes the reader of SARIF logs.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| robot_fuzz::security::sarif(bytes));
