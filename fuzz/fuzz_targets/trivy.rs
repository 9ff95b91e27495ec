//! Fuzzes the reader of trivy's reports.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| robot_fuzz::security::trivy(bytes));
