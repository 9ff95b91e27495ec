//! Fuzzes the reader of a layer.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| robot_fuzz::deploy::layer(bytes));
