//! Fuzzes the reader of kept verdicts.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| robot_fuzz::kept::kept_verdict(bytes));
