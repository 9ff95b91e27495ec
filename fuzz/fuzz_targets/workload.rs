//! Fuzzes the verdict engine.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| robot_fuzz::kubernetes::workload(bytes));
