//! Fuzzes the reader of Go versions.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| robot_fuzz::golang::version(bytes));
