//! Fuzzes the reader of vendor/modules.txt.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| robot_fuzz::golang::vendor_modules(bytes));
