//! Fuzzes the reader of manifests.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| robot_fuzz::oci::oci_manifest(bytes));
