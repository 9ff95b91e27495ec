//! Fuzzes the reader of Docker's config.json.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| robot_fuzz::oci::docker_config(bytes));
