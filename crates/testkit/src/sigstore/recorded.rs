//! What the real cosign wrote.

use std::path::{Path, PathBuf};

/// A file of `sigstore/cosign-3.1.3`: `cosign.pub`, `robot.txt`, `robot.sigstore.json`,
/// `registry.json`.
pub fn cosign_recorded(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sigstore/cosign-3.1.3").join(name)
}
