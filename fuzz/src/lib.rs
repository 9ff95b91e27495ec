//! What must hold for any bytes, one function a parser. The fuzz targets call them with what the
//! fuzzer thinks of, the tests of the crates with the committed corpora.

pub mod golang;
pub mod kept;
pub mod matrix;
pub mod oci;
pub mod security;
pub mod settings;
pub mod sigstore;
