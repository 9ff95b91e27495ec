//! Committed corpora of the fuzz targets, which tests replay: what a fuzzer once found stays fixed.

use std::path::Path;

/// The files of a target's corpus in the order of their names, at least one.
///
/// # Panics
/// The corpus is empty or cannot be read.
pub fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let entries = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "the corpus of {target} is empty");
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}
