//! Atomic writes: a file is written under another name and then renamed.

use std::path::Path;

/// Writes `bytes` so that a reader finds either the old file or the new one, never a partial one.
///
/// # Errors
/// The folder cannot be written.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    stream_atomically(path, |file| file.write_all(bytes))
}

/// As [`write_atomically`], for content that is written piece by piece.
///
/// # Errors
/// The folder cannot be written, or `write` fails.
pub fn stream_atomically(
    path: &Path,
    write: impl FnOnce(&mut std::io::BufWriter<&std::fs::File>) -> std::io::Result<()>,
) -> std::io::Result<()> {
    use std::io::Write as _;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    fs_err::create_dir_all(folder)?;
    let file = tempfile::NamedTempFile::new_in(folder)?;
    let mut out = std::io::BufWriter::new(file.as_file());
    write(&mut out)?;
    out.flush()?;
    drop(out);
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{self, Write as _};

    #[test]
    fn a_reader_finds_the_old_file_or_the_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("below/x.json");
        write_atomically(&path, b"old").unwrap();
        let failed = stream_atomically(&path, |file| {
            file.write_all(b"ne")?;
            file.flush()?;
            Err(io::Error::other("killed"))
        });
        assert!(failed.is_err());
        assert_eq!(fs_err::read(&path).unwrap(), b"old");
        write_atomically(&path, b"new").unwrap();
        assert_eq!(fs_err::read(&path).unwrap(), b"new");
        // Removes the partial file.
        assert_eq!(fs_err::read_dir(folder.path().join("below")).unwrap().count(), 1);
    }
}
