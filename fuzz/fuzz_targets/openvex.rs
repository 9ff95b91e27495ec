//! Fuzzes the reader of OpenVEX documents.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| robot_fuzz::security::openvex(bytes));
