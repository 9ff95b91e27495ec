//! Fuzzes the reader of go.mod.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| robot_fuzz::golang::go_mod(bytes));
