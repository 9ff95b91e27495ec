//! Fuzzes the reader of gosec's reports.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| robot_fuzz::security::gosec(bytes));
