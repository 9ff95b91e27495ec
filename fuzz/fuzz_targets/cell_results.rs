//! Fuzzes the reader of what jobs of a matrix leave.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| robot_fuzz::matrix::cell_results(bytes));
