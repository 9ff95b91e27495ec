//! Selects the files to remove so that a folder stays within its bounds.

use std::path::PathBuf;

/// A file that is kept.
#[derive(Debug)]
pub(crate) struct Kept<T> {
    pub(crate) path: PathBuf,
    /// Greater for newer ones.
    pub(crate) age: T,
    /// Bytes.
    pub(crate) size: u64,
}

/// The oldest files beyond `count` files or `bytes` in total. The newest always stays.
pub(crate) fn surplus<T: Ord>(mut files: Vec<Kept<T>>, count: usize, bytes: u64) -> Vec<PathBuf> {
    files.sort_by(|one, other| (&other.age, &other.path).cmp(&(&one.age, &one.path)));
    let mut size = 0_u64;
    let kept = files
        .iter()
        .take(count)
        .take_while(|file| {
            size = size.saturating_add(file.size);
            size <= bytes
        })
        .count();
    files.drain(kept.max(1).min(files.len())..).map(|file| file.path).collect()
}
