//! Fuzzes the reader of ignore files.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| robot_fuzz::security::ignore_files(bytes));
