//! Fuzzes the reader of coverage data.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| robot_fuzz::golang::covdata(bytes));
