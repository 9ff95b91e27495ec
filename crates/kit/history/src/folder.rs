//! The history folder: reads, merges and bounds its files.

use crate::surplus::{Kept, surplus};
use crate::{RECORDS, RECORDS_SIZE, coverage, timings};
use robot_model::{COVERAGE_SCHEMA, CoverageRecord, TIMINGS_SCHEMA, Timings};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::Metadata;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Largest file that is read or written, in bytes.
const LARGEST: u64 = 8 << 20;
/// Number of unreadable files that are kept in each folder.
const ASIDE: usize = 2;
/// Age after which a partial file is assumed to be from a killed run.
const ABANDONED: Duration = Duration::from_secs(60 * 60);
const ASIDE_EXTENSION: &str = "unreadable";
/// Prefixes of the names of files that are being written, by this version and earlier ones.
const PARTS: [&str; 2] = [".tmp", ".part-"];

/// The folder with data of earlier runs.
#[derive(Debug)]
pub struct History {
    folder: PathBuf,
    /// Files that could not be read, and why. They are renamed to `<name>.unreadable`.
    pub set_aside: Vec<String>,
}

impl History {
    /// The history in this folder, which need not exist.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), set_aside: Vec::new() }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Recent durations; empty if there is no file.
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

    /// Whether a record could not be read.
    pub fn had_coverage(&self) -> bool {
        !entries(&self.folder.join("coverage"), is_aside).is_empty()
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

    /// The newest record of a commit other than `but`.
    pub fn newest_coverage(&mut self, but: &str) -> Option<CoverageRecord> {
        let records: Vec<_> =
            self.records().into_iter().filter_map(|(path, _)| self.record(&path)).collect();
        records.into_iter().filter(|record| record.commit != but).max_by_key(|record| record.time)
    }

    /// Stores a record, merged with one of the same commit. The oldest records are removed when there are more
    /// than [`RECORDS`](crate::RECORDS) or they exceed [`RECORDS_SIZE`](crate::RECORDS_SIZE).
    ///
    /// # Errors
    /// The commit is not a hash, the numbers are invalid, the record is too large, or the folder cannot be
    /// written.
    pub fn keep_coverage(&mut self, record: &CoverageRecord) -> io::Result<()> {
        if !coverage::is_hash(&record.commit) {
            return Err(io::Error::other(format!("`{}` is not a commit hash", record.commit)));
        }
        if !record.is_sound() {
            return Err(io::Error::other(
                "it has no statements, or more covered statements than statements",
            ));
        }
        let mut merged = record.clone();
        if let Some(known) = self.coverage([record.commit.as_str()]) {
            merged.merge(known);
        }
        self.write(&format!("coverage/{}.json", record.commit), &merged)?;
        let records = self.records().into_iter().filter_map(|(path, size)| {
            let time = self.record(&path)?.time;
            Some(Kept { path, age: time, size })
        });
        for path in surplus(records.collect(), RECORDS, RECORDS_SIZE) {
            fs_err::remove_file(path)?;
        }
        Ok(())
    }

    fn record(&mut self, path: &Path) -> Option<CoverageRecord> {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        self.read(path, |record: &CoverageRecord| {
            record.schema == COVERAGE_SCHEMA && record.commit == stem && record.is_sound()
        })
    }

    /// Path and size of each record.
    fn records(&self) -> Vec<(PathBuf, u64)> {
        let is_record = |path: &Path| path.extension().is_some_and(|extension| extension == "json");
        let records = entries(&self.folder.join("coverage"), is_record).into_iter();
        records.map(|(path, about)| (path, about.len())).collect()
    }

    /// `None` if there is no file, or an unreadable one, which is renamed.
    pub(crate) fn read<T: DeserializeOwned>(
        &mut self,
        path: &Path,
        is_known: impl FnOnce(&T) -> bool,
    ) -> Option<T> {
        let reason = match load::<T>(path) {
            Ok(value) if is_known(&value) => return Some(value),
            Ok(_) => "its schema or commit does not match, or its numbers are invalid".to_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => error.to_string(),
        };
        let mut aside = path.as_os_str().to_owned();
        aside.push(format!(".{ASIDE_EXTENSION}"));
        // If it cannot be renamed, it is still ignored.
        let _ = fs_err::rename(path, aside);
        if let Some(folder) = path.parent() {
            tidy(folder);
        }
        self.set_aside.push(format!("{}: {reason}", path.display()));
        None
    }

    pub(crate) fn write(&self, name: &str, value: &impl Serialize) -> io::Result<()> {
        let path = self.folder.join(name);
        let bytes = serde_json::to_vec(value)?;
        if bytes.len() as u64 > LARGEST {
            return Err(io::Error::other(format!("{name} would be larger than 8 MiB")));
        }
        robot_files::write_atomically(&path, &bytes)?;
        tidy(path.parent().unwrap_or(&self.folder));
        Ok(())
    }
}

fn is_aside(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == ASIDE_EXTENSION)
}

/// Removes all but the newest unreadable files, and partial files of killed runs. What cannot be removed is
/// left for the next run.
fn tidy(folder: &Path) {
    let age = |about: &Metadata| about.modified().ok().and_then(|time| time.elapsed().ok());
    let mut aside = entries(folder, is_aside);
    aside.sort_by_key(|(_, about)| age(about));
    let surplus = aside.into_iter().skip(ASIDE).map(|(path, _)| path);
    let is_part = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        PARTS.iter().any(|part| name.starts_with(part))
    };
    let parts = entries(folder, is_part).into_iter();
    let abandoned = parts.filter(|(_, about)| age(about).is_some_and(|age| age > ABANDONED));
    for path in surplus.chain(abandoned.map(|(path, _)| path)) {
        let _ = fs_err::remove_file(path);
    }
}

/// The files of a folder that `is_wanted` accepts, sorted by name.
pub(crate) fn entries(
    folder: &Path,
    is_wanted: impl Fn(&Path) -> bool,
) -> Vec<(PathBuf, Metadata)> {
    let Ok(entries) = fs_err::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| is_wanted(path))
        .filter_map(|path| Some((path.metadata().ok()?, path)))
        .map(|(about, path)| (path, about))
        .filter(|(_, about)| about.is_file())
        .collect();
    files.sort_by(|(one, _), (other, _)| one.cmp(other));
    files
}

fn load<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::other("it is larger than 8 MiB"));
    }
    Ok(serde_json::from_slice(&bytes)?)
}
