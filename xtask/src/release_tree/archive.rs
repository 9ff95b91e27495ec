//! The size of what a job downloads: GitHub serves a reference as a tar archive, compressed by gzip.

use super::Tree;
use anyhow::Result;
use flate2::{Compression, write::GzEncoder};
use std::io::{self, Write};

pub(super) const MEBIBYTE: u64 = 1 << 20;

/// Bytes of the archive that fail a release, and the goal, by number of programs.
pub(super) const fn budget(programs: usize) -> (u64, u64) {
    (6 * programs as u64 * MEBIBYTE, 4 * programs as u64 * MEBIBYTE)
}

/// Bytes of the archive.
pub(super) fn size(tree: &Tree) -> Result<u64> {
    let gzip = GzEncoder::new(Counter(0), Compression::default());
    let mut archive = tar::Builder::new(gzip);
    for (path, file) in tree {
        let mut header = tar::Header::new_ustar();
        header.set_size(file.content.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, &*file.content)?;
    }
    Ok(archive.into_inner()?.finish()?.0)
}

/// Counts what is written to it.
struct Counter(u64);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
