//! Writes files of tests.

use std::path::Path;

/// Writes `text` to `path`, with the folders on the way to it.
pub fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("a file is in a folder")).unwrap();
    std::fs::write(path, text).unwrap();
}
