//! Fuzzes the reader of robot.yml.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| robot_fuzz::settings::robot_yml(bytes));
