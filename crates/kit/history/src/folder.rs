use crate::{coverage, timings};
use robot_model::{COVERAGE_SCHEMA, CoverageRecord, TIMINGS_SCHEMA, Timings};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Largest file that is read, bytes.
const LARGEST: u64 = 8 << 20;

/// The folder that a run got from earlier ones.
#[derive(Debug)]
pub struct History {
    folder: PathBuf,
    /// Files that could not be read, and why. They are kept under `<name>.unreadable`.
    pub set_aside: Vec<String>,
}

impl History {
    /// The history in this folder, which need not exist.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), set_aside: Vec::new() }
    }

    /// Recent durations; none where there is no file.
    pub fn timings(&mut self) -> Timings {
        let path = self.folder.join("timings.json");
        self.read(&path, |timings: &Timings| timings.schema == TIMINGS_SCHEMA).unwrap_or_default()
    }

    /// Adds newer durations.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn keep_timings(&mut self, newer: Timings) -> io::Result<()> {
        let mut timings = self.timings();
        timings::merge(&mut timings, newer);
        timings::bound(&mut timings);
        self.write("timings.json", &timings)
    }

    /// Whether there is any record.
    pub fn has_coverage(&self) -> bool {
        !self.records().is_empty()
    }

    /// The record of the first of these commits that has one.
    pub fn coverage<'a>(
        &mut self,
        commits: impl IntoIterator<Item = &'a str>,
    ) -> Option<CoverageRecord> {
        commits.into_iter().find_map(|commit| {
            coverage::is_hash(commit).then_some(())?;
            let path = self.folder.join("coverage").join(format!("{commit}.json"));
            self.record(&path)
        })
    }

    /// The record that was measured last.
    pub fn newest_coverage(&mut self) -> Option<CoverageRecord> {
        let records: Vec<_> =
            self.records().into_iter().filter_map(|(path, _)| self.record(&path)).collect();
        records.into_iter().max_by_key(|record| record.time)
    }

    /// Keeps a record. Of a commit that has one already, the later one stays; the oldest go when
    /// there are more than [`RECORDS`](crate::RECORDS) or they are larger than
    /// [`RECORDS_SIZE`](crate::RECORDS_SIZE).
    ///
    /// # Errors
    /// The commit is no hash; the folder cannot be written.
    pub fn keep_coverage(&mut self, record: &CoverageRecord) -> io::Result<()> {
        if !coverage::is_hash(&record.commit) {
            return Err(io::Error::other(format!("`{}` is no hash of a commit", record.commit)));
        }
        let known = self.coverage([record.commit.as_str()]);
        if known.is_none_or(|known| known.time <= record.time) {
            self.write(&format!("coverage/{}.json", record.commit), record)?;
        }
        let records = self.records().into_iter().filter_map(|(path, size)| {
            let time = self.record(&path)?.time;
            Some((path, time, size))
        });
        for path in coverage::surplus(records.collect()) {
            fs_err::remove_file(path)?;
        }
        Ok(())
    }

    fn record(&mut self, path: &Path) -> Option<CoverageRecord> {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        self.read(path, |record: &CoverageRecord| {
            record.schema == COVERAGE_SCHEMA && record.commit == stem
        })
    }

    /// Path and size of each record.
    fn records(&self) -> Vec<(PathBuf, u64)> {
        let Ok(entries) = fs_err::read_dir(self.folder.join("coverage")) else { return Vec::new() };
        let mut records: Vec<_> = entries
            .filter_map(Result::ok)
            .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "json"))
            .filter_map(|entry| Some((entry.path(), entry.metadata().ok()?.len())))
            .collect();
        records.sort();
        records
    }

    /// `None` where there is no file, or one that is set aside.
    fn read<T: DeserializeOwned>(
        &mut self,
        path: &Path,
        is_known: impl FnOnce(&T) -> bool,
    ) -> Option<T> {
        let reason = match load::<T>(path) {
            Ok(value) if is_known(&value) => return Some(value),
            Ok(_) => "it is of another version or commit".to_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => error.to_string(),
        };
        let mut aside = path.as_os_str().to_owned();
        aside.push(".unreadable");
        // Where it cannot be moved it is passed over all the same.
        let _ = fs_err::rename(path, aside);
        self.set_aside.push(format!("{}: {reason}", path.display()));
        None
    }

    fn write(&self, name: &str, value: &impl Serialize) -> io::Result<()> {
        let path = self.folder.join(name);
        let folder = path.parent().unwrap_or(&self.folder);
        fs_err::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec(value)?)?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    }
}

fn load<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::other("it is larger than 8 MiB"));
    }
    Ok(serde_json::from_slice(&bytes)?)
}
