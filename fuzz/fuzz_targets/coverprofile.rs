//! Fuzzes the reader of cover profiles.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| robot_fuzz::golang::coverprofile(bytes));
