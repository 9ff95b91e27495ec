//! An artifact's zip archive, as data that somebody else made.

use std::io::{Cursor, Read};

/// Bytes of an archive.
const ARCHIVE: u64 = 64 << 20;
/// Files in it that are looked at.
const ENTRIES: usize = 20_000;
/// Bytes of one result, unpacked.
pub(crate) const RESULT: u64 = robot_model::RESULT_LIMIT;

/// Bytes that are taken of a whole run, however many artifacts it has. In memory a result is several
/// times as large.
#[derive(Debug)]
pub(crate) struct Budget {
    packed: u64,
    unpacked: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { packed: 256 << 20, unpacked: 64 << 20 }
    }
}

impl Budget {
    /// Bytes that the next archive may have.
    pub(crate) fn archive(&self) -> u64 {
        ARCHIVE.min(self.packed)
    }

    /// Bytes that the next result may have.
    pub(crate) fn result(&self) -> u64 {
        RESULT.min(self.unpacked)
    }

    /// A result was read.
    pub(crate) fn took(&mut self, bytes: usize) {
        self.unpacked = self.unpacked.saturating_sub(bytes as u64);
    }
}

/// Name and content of each result in the archive. Nothing is written to disk, and sizes that the
/// archive claims are not believed.
///
/// # Errors
/// It is no archive, or larger than is taken.
pub(crate) fn results(bytes: &[u8], budget: &mut Budget) -> Result<Vec<(String, Vec<u8>)>, String> {
    budget.packed = budget.packed.saturating_sub(bytes.len() as u64);
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes))
        .map_err(|error| format!("it is no zip archive: {error}"))?;
    if archive.len() > ENTRIES {
        return Err(format!("it has more than {ENTRIES} files"));
    }
    let mut results = Vec::new();
    for index in 0..archive.len() {
        let file = archive.by_index(index).map_err(|error| format!("a file of it: {error}"))?;
        let name = file.name().map_err(|error| format!("a file of it: {error}"))?.into_owned();
        if !file.is_file() || !is_result(&name) {
            continue;
        }
        let limit = budget.result();
        let mut content = Vec::new();
        file.take(limit + 1)
            .read_to_end(&mut content)
            .map_err(|error| format!("`{name}`: {error}"))?;
        if content.len() as u64 > limit {
            return Err(format!("`{name}` is larger than is taken"));
        }
        budget.took(content.len());
        results.push((name, content));
    }
    Ok(results)
}

/// Whether a file is a result, by its name.
pub(crate) fn is_result(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    file == "result.json" || file.ends_with(".result.json")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use zip::write::SimpleFileOptions;

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in files {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn only_results_are_read() {
        let bytes =
            archive(&[("ci.result.json", b"{}"), ("ci/test.log", b"x"), ("a/result.json", b"1")]);
        let names: Vec<_> = results(&bytes, &mut Budget::default())
            .unwrap()
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names, ["ci.result.json", "a/result.json"]);
    }

    #[test]
    fn an_archive_that_unpacks_without_end_is_refused() {
        let read = |bytes: &[u8]| results(bytes, &mut Budget::default());
        // 9 MiB of zeros are 9 kB in the archive.
        let bytes = archive(&[("ci.result.json", &vec![0; 9 << 20])]);
        assert!(bytes.len() < 100_000);
        assert!(read(&bytes).unwrap_err().contains("larger"));
        assert!(read(b"<html>").unwrap_err().contains("no zip"));
        let whole = archive(&[("ci.result.json", b"{}")]);
        for length in 0..whole.len() {
            let _ = read(&whole[..length]);
        }
    }

    #[test]
    fn many_archives_share_one_budget() {
        let bytes = archive(&[("ci.result.json", &vec![0; 8 << 20])]);
        let mut budget = Budget::default();
        let taken = (0..100).take_while(|_| results(&bytes, &mut budget).is_ok()).count();
        assert_eq!((taken, budget.result()), (8, 0));
    }
}
