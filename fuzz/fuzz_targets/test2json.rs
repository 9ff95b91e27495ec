//! Fuzzes the reader of test events.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| robot_fuzz::golang::test2json(bytes));
