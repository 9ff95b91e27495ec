//! Fuzzes the reader of `go list -json`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| robot_fuzz::golang::go_list(bytes));
