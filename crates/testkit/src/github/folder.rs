//! Artifacts of jobs under act: folders, which the fake serves as archives.

use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;

/// Name and archive of each folder in `folder`.
pub(super) fn archives(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let entries = entries.map(|entry| entry.unwrap());
    entries
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), archive(&entry.path())))
        .collect()
}

fn archive(folder: &Path) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for path in files(folder) {
        let name = path.strip_prefix(folder).unwrap().to_string_lossy();
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(&std::fs::read(&path).unwrap()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
