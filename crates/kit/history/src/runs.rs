//! `runs/YYYY-MM/<run>-<attempt>.json`: records of runs of the default branch.

use crate::History;
use crate::surplus::{Kept, surplus};
use jiff::Timestamp;
use robot_model::{RUN_SCHEMA, RunRecord};
use std::io;
use std::path::{Path, PathBuf};

/// Number of run records that are kept.
pub const RUNS: usize = 500;

/// Total size of run records in bytes.
pub const RUNS_SIZE: u64 = 8 << 20;

/// Number of jobs of one attempt that are kept: as many as a matrix may have
/// (<https://docs.github.com/actions/reference/limits>).
const JOBS: usize = 256;

impl History {
    /// Stores the record of a run, merged with one of the same attempt. The oldest records are removed when there
    /// are more than [`RUNS`] or they exceed [`RUNS_SIZE`].
    ///
    /// # Errors
    /// The numbers are invalid, the record is too large, or the folder cannot be written.
    pub fn keep_run(&mut self, record: &RunRecord) -> io::Result<()> {
        if record.schema != RUN_SCHEMA || !record.is_sound() {
            return Err(io::Error::other("it has no jobs, or its numbers are invalid"));
        }
        let name = format!("{}-{}.json", record.run, record.attempt);
        // Its first job may have started in another month.
        let known = self.run_files().into_iter().find(|run| run.path.ends_with(&name));
        let (merged, month) = match known.and_then(|run| Some((self.run(&run.path)?, run.path))) {
            Some((mut known, path)) => {
                known.merge(record.clone());
                let month = path.parent().and_then(Path::file_name).unwrap_or_default();
                (known, month.to_string_lossy().into_owned())
            }
            None => (record.clone(), month(record.started())?),
        };
        let mut merged = merged;
        merged.jobs.truncate(JOBS);
        self.write(&format!("runs/{month}/{name}"), &merged)?;
        for path in surplus(self.run_files(), RUNS, RUNS_SIZE) {
            fs_err::remove_file(path)?;
        }
        self.remove_empty_months();
        Ok(())
    }

    /// All readable run records, the newest first.
    pub fn runs(&mut self) -> Vec<RunRecord> {
        let mut files = self.run_files();
        files.sort_by_key(|run| std::cmp::Reverse(run.age));
        files.into_iter().filter_map(|run| self.run(&run.path)).collect()
    }

    fn run(&mut self, path: &Path) -> Option<RunRecord> {
        let named = numbers(path);
        self.read(path, |record: &RunRecord| {
            record.schema == RUN_SCHEMA
                && named == Some((record.run, record.attempt))
                && record.is_sound()
        })
    }

    /// The files of all months. Later runs have greater numbers.
    fn run_files(&self) -> Vec<Kept<(u64, u64)>> {
        let months = self.months().into_iter();
        let files = months.flat_map(|month| crate::folder::entries(&month, |_| true));
        files
            .filter_map(|(path, about)| {
                Some(Kept { age: numbers(&path)?, size: about.len(), path })
            })
            .collect()
    }

    fn months(&self) -> Vec<PathBuf> {
        let is_month = |name: &str| {
            let shape = name
                .split_once('-')
                .is_some_and(|(year, month)| (year.len(), month.len()) == (4, 2));
            shape && name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
        };
        let Ok(entries) = fs_err::read_dir(self.folder().join("runs")) else { return Vec::new() };
        entries
            .filter_map(Result::ok)
            .filter(|entry| entry.file_name().to_str().is_some_and(is_month))
            // A symbolic link could lead out of the folder.
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
            .map(|entry| entry.path())
            .collect()
    }

    /// Removes months without records, with their unreadable files.
    fn remove_empty_months(&self) {
        for month in self.months() {
            if crate::folder::entries(&month, |path| numbers(path).is_some()).is_empty() {
                let _ = fs_err::remove_dir_all(month);
            }
        }
    }
}

/// Run and attempt that a file is named after.
fn numbers(path: &Path) -> Option<(u64, u64)> {
    let stem = path.file_name()?.to_str()?.strip_suffix(".json")?;
    let (run, attempt) = stem.split_once('-')?;
    Some((run.parse().ok()?, attempt.parse().ok()?))
}

/// The month in UTC of a time in seconds since 1970.
fn month(time: u64) -> io::Result<String> {
    let time = i64::try_from(time).map_err(io::Error::other)?;
    let time = Timestamp::from_second(time).map_err(io::Error::other)?;
    Ok(time.strftime("%Y-%m").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use robot_model::{JobRecord, Verdict};

    /// 2026-01-31T23:59:00Z.
    const JANUARY: u64 = 1_769_903_940;

    fn record(run: u64, job: &str, started: u64) -> RunRecord {
        RunRecord {
            schema: RUN_SCHEMA.to_owned(),
            run,
            attempt: 1,
            commit: "1f".to_owned(),
            event: "push".to_owned(),
            jobs: vec![JobRecord {
                job: job.to_owned(),
                started,
                seconds: 1.5,
                verdict: Verdict::Pass,
                cause: None,
                steps: Vec::new(),
            }],
        }
    }

    #[test]
    fn jobs_of_a_run_are_merged_and_attempts_stand_apart() {
        let folder = tempfile::tempdir().unwrap();
        let mut history = History::new(folder.path());
        history.keep_run(&record(42, "linux", JANUARY)).unwrap();
        // This job begins in February; the run's file stays where it is.
        history.keep_run(&record(42, "arm", JANUARY + 120)).unwrap();
        history.keep_run(&RunRecord { attempt: 2, ..record(42, "linux", JANUARY + 240) }).unwrap();
        let path = |name: &str| folder.path().join("runs").join(name);
        assert!(path("2026-01/42-1.json").exists() && path("2026-02/42-2.json").exists());
        assert!(!path("2026-02/42-1.json").exists());
        let runs = History::new(folder.path()).runs();
        let jobs: Vec<_> = runs.iter().map(|run| (run.attempt, run.jobs.len())).collect();
        assert_eq!(jobs, [(2, 1), (1, 2)]);
    }

    #[test]
    fn the_folder_does_not_grow_without_bound() {
        let folder = tempfile::tempdir().unwrap();
        let mut history = History::new(folder.path());
        history.keep_run(&record(1, "ci", JANUARY)).unwrap();
        fs_err::write(folder.path().join("runs/2026-01/x.json.unreadable"), "").unwrap();
        for run in 2..=RUNS as u64 + 1 {
            history.keep_run(&record(run, "ci", JANUARY + 120)).unwrap();
        }
        let runs = history.runs();
        assert_eq!((runs.len(), runs[0].run), (RUNS, RUNS as u64 + 1));
        assert!(!folder.path().join("runs/2026-01").exists());
    }

    #[test]
    fn records_that_are_not_sound_are_neither_kept_nor_believed() {
        let folder = tempfile::tempdir().unwrap();
        let mut history = History::new(folder.path());
        history.keep_run(&record(1, "ci", JANUARY)).unwrap();
        for unsound in [
            RunRecord { jobs: Vec::new(), ..record(2, "ci", JANUARY) },
            RunRecord { schema: "robot.run/v9".to_owned(), ..record(2, "ci", JANUARY) },
            record(2, "ci", u64::MAX),
        ] {
            assert!(history.keep_run(&unsound).is_err());
        }
        let month = folder.path().join("runs/2026-01");
        for (name, text) in [("3-1.json", "{"), ("4-1.json", "null")] {
            fs_err::write(month.join(name), text).unwrap();
        }
        // Another run's, under a name that is not its own.
        fs_err::copy(month.join("1-1.json"), month.join("5-1.json")).unwrap();
        let runs: Vec<u64> = history.runs().iter().map(|record| record.run).collect();
        assert_eq!((runs, history.set_aside.len()), (vec![1], 3), "{:?}", history.set_aside);
    }
}
