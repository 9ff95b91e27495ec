//! Reads an artifact's zip archive, which is untrusted.

use std::io::{Cursor, Read};

/// Largest archive in bytes.
const ARCHIVE: u64 = 64 << 20;
/// Largest number of files in it.
const ENTRIES: usize = 20_000;
/// The signature of each file's header in the archive's directory, which is rare in other data (section 4.3.12 of PKWARE's
/// APPNOTE.TXT).
const HEADER: &[u8] = b"PK\x01\x02";
/// Largest unpacked result in bytes.
pub(crate) const RESULT: u64 = robot_model::RESULT_LIMIT;

/// Largest number of values in one result: a number takes two bytes of JSON, but thirty times as many in memory.
const VALUES: usize = 400_000;

/// Remaining limits for a whole run, however many artifacts it has: bytes and JSON values.
#[derive(Debug)]
pub(crate) struct Budget {
    packed: u64,
    unpacked: u64,
    values: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { packed: 256 << 20, unpacked: 64 << 20, values: 1_000_000 }
    }
}

impl Budget {
    /// Largest size of the next archive in bytes.
    pub(crate) fn archive(&self) -> u64 {
        ARCHIVE.min(self.packed)
    }

    /// Largest size of the next result in bytes.
    pub(crate) fn result(&self) -> u64 {
        RESULT.min(self.unpacked)
    }

    /// Counts a result that was read.
    ///
    /// # Errors
    /// It has more values than allowed.
    pub(crate) fn take(&mut self, content: &[u8]) -> Result<(), String> {
        self.unpacked = self.unpacked.saturating_sub(content.len() as u64);
        let values = values(content);
        if values > VALUES.min(self.values) {
            return Err("has more JSON values than the limit".to_owned());
        }
        self.values -= values;
        Ok(())
    }
}

/// Upper bound for the number of values in a JSON text: values follow a comma or a bracket.
fn values(json: &[u8]) -> usize {
    let (mut values, mut in_text, mut escaped) = (1, false, false);
    for byte in json {
        match (in_text, escaped, byte) {
            (true, true, _) => escaped = false,
            (true, false, b'\\') => escaped = true,
            (_, false, b'"') => in_text = !in_text,
            (false, _, b',' | b'[' | b'{') => values += 1,
            _ => {}
        }
    }
    values
}

/// Name and content of each result in the archive. Nothing is written to disk, and sizes stated in the archive are not
/// trusted.
///
/// # Errors
/// It is not an archive, or exceeds a limit.
pub(crate) fn results(bytes: &[u8], budget: &mut Budget) -> Result<Vec<(String, Vec<u8>)>, String> {
    budget.packed = budget.packed.saturating_sub(bytes.len() as u64);
    // The library reads all headers before it reports their number; a million need hundreds of megabytes.
    if memchr::memmem::find_iter(bytes, HEADER).nth(ENTRIES).is_some() {
        return Err(format!("the archive has more than {ENTRIES} files"));
    }
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes))
        .map_err(|error| format!("not a zip archive: {error}"))?;
    if archive.has_duplicate_names() {
        return Err("the archive has two files with the same name".to_owned());
    }
    let mut results = Vec::new();
    for index in 0..archive.len() {
        let file =
            archive.by_index(index).map_err(|error| format!("invalid archive entry: {error}"))?;
        let name =
            file.name().map_err(|error| format!("invalid archive entry: {error}"))?.into_owned();
        if !file.is_file() || !is_result(&name) {
            continue;
        }
        let limit = budget.result();
        let mut content = Vec::new();
        file.take(limit + 1)
            .read_to_end(&mut content)
            .map_err(|error| format!("`{name}`: {error}"))?;
        if content.len() as u64 > limit {
            return Err(format!("`{name}` is larger than the limit"));
        }
        budget.take(&content).map_err(|reason| format!("`{name}` {reason}"))?;
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
        // In memory this is hundreds of megabytes.
        let many = [&b"["[..], &b"0,".repeat(3 << 20), b"0]"].concat();
        let bytes = archive(&[("ci.result.json", &many)]);
        assert!(read(&bytes).unwrap_err().contains("more JSON values"));
        let texts = [&b"[\""[..], &b",\\\"[".repeat(1 << 20), b"\"]"].concat();
        assert_eq!(values(&texts), 2);
        assert!(read(&archive(&[("ci.result.json", &texts)])).is_ok());
        // 9 MiB of zeros are 9 kB in the archive.
        let bytes = archive(&[("ci.result.json", &vec![0; 9 << 20])]);
        assert!(bytes.len() < 100_000);
        assert!(read(&bytes).unwrap_err().contains("larger"));
        assert!(read(b"<html>").unwrap_err().contains("not a zip"));
        let whole = archive(&[("ci.result.json", b"{}")]);
        for length in 0..whole.len() {
            let _ = read(&whole[..length]);
        }
    }

    /// Counted before they are read, so that an archive of many costs nothing.
    #[test]
    fn an_archive_of_very_many_files_is_refused_unread() {
        let read = |bytes: &[u8]| results(bytes, &mut Budget::default());
        let name = |number: usize| format!("{number}.log");
        let names: Vec<String> = (0..=ENTRIES).map(name).collect();
        let files = |count: usize| -> Vec<(&str, &[u8])> {
            names[..count].iter().map(|name| (name.as_str(), &b""[..])).collect()
        };
        assert!(read(&archive(&files(ENTRIES))).unwrap().is_empty());
        let mut many = archive(&files(ENTRIES + 1));
        assert!(read(&many).unwrap_err().contains("more than 20000 files"));
        // Without its end the library could not say how many it has.
        many.truncate(many.len() - 22);
        assert!(read(&many).unwrap_err().contains("more than 20000 files"));
    }

    #[test]
    fn a_name_that_stands_twice_hides_no_result() {
        let mut bytes = archive(&[("ci.result.json", b"{}"), ("ci.result.jsom", b"{}")]);
        for at in 0..bytes.len() - 4 {
            if &bytes[at..at + 4] == b"jsom" {
                bytes[at + 3] = b'n';
            }
        }
        let refused = results(&bytes, &mut Budget::default()).unwrap_err();
        assert!(refused.contains("two files with the same name"), "{refused}");
    }

    #[test]
    fn many_archives_share_one_budget() {
        let bytes = archive(&[("ci.result.json", &vec![0; 8 << 20])]);
        let mut budget = Budget::default();
        let taken = (0..100).take_while(|_| results(&bytes, &mut budget).is_ok()).count();
        assert_eq!((taken, budget.result()), (8, 0));
    }
}
