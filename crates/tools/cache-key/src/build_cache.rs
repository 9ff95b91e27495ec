//! Ages restored entries of Go's build cache, and later removes those that the job did not use.
//!
//! The go command updates the modification time of an entry that is older than an hour when it uses it
//! (`cmd/go/internal/cache`). Entries that were aged by two hours and still have that time were therefore not used.

use filetime::FileTime;
use robot_contract::{Failure, ResultExt};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;
use walkdir::WalkDir;

/// The contents of a cache after pruning.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Pruned {
    pub(crate) kept_files: u64,
    pub(crate) kept_bytes: u64,
    pub(crate) removed_files: u64,
    pub(crate) removed_bytes: u64,
}

/// Entries that existed before the job restored anything. They are never aged or removed.
pub(crate) type Foreign = BTreeSet<OsString>;

/// A cache with more entries is assumed to be in use, and is left unchanged. One with fewer counts as empty, because
/// `go env` alone creates about ten entries.
const FEW: usize = 64;

/// The entries of a nearly empty cache; `None` for a cache that is in use.
pub(crate) fn foreign(folder: &Path) -> Option<Foreign> {
    let names: Foreign =
        entries(folder).take(FEW + 1).map(|entry| entry.file_name().to_owned()).collect();
    (names.len() <= FEW).then_some(names)
}

/// Sets every entry's time to `stamp` (seconds since 1970); returns their number and size in bytes.
///
/// # Errors
/// The folder cannot be changed.
pub(crate) fn age(folder: &Path, foreign: &Foreign, stamp: i64) -> Result<(u64, u64), Failure> {
    let mut aged = (0, 0);
    for entry in entries(folder).filter(|entry| !foreign.contains(entry.file_name())) {
        filetime::set_file_mtime(entry.path(), FileTime::from_unix_time(stamp, 0))
            .or_external(|| format!("{} cannot be aged", entry.path().display()))?;
        aged.0 += 1;
        aged.1 += size(&entry);
    }
    Ok(aged)
}

/// Removes every entry that still has the time that [`age`] gave it; with `only_counts` it only counts.
///
/// # Errors
/// An entry cannot be removed. Entries before it are already removed, which is harmless.
pub(crate) fn prune(
    folder: &Path,
    foreign: &Foreign,
    stamp: i64,
    only_counts: bool,
) -> Result<Pruned, Failure> {
    let mut pruned = Pruned::default();
    for entry in entries(folder).filter(|entry| !foreign.contains(entry.file_name())) {
        let doing = || format!("{} cannot be pruned", entry.path().display());
        let metadata = fs_err::symlink_metadata(entry.path()).or_external(doing)?;
        let modified = FileTime::from_last_modification_time(&metadata).unix_seconds();
        let size = size(&entry);
        if modified == stamp && !only_counts {
            let removed = match metadata.is_dir() {
                true => fs_err::remove_dir_all(entry.path()),
                false => fs_err::remove_file(entry.path()),
            };
            removed.or_external(doing)?;
            pruned.removed_files += 1;
            pruned.removed_bytes += size;
        } else {
            pruned.kept_files += 1;
            pruned.kept_bytes += size;
        }
    }
    Ok(pruned)
}

/// Seconds by which entries are aged.
pub(crate) const AGE: i64 = 2 * 60 * 60;

/// Size of an entry in bytes; an executable is a folder with one file.
fn size(entry: &walkdir::DirEntry) -> u64 {
    let files = WalkDir::new(entry.path()).into_iter().filter_map(Result::ok);
    let files = files.filter(|inside| inside.file_type().is_file());
    files.filter_map(|inside| inside.metadata().ok()).map(|metadata| metadata.len()).sum()
}

/// The cache's entries, `xx/<64 hex digits>-a` and `-d`. An executable that `go run` or `go tool` linked is a folder
/// `-d` (Go 1.24 and later), whose time go sets like that of a file. Nothing else is changed, and links are not
/// followed.
fn entries(folder: &Path) -> impl Iterator<Item = walkdir::DirEntry> {
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    WalkDir::new(folder)
        .min_depth(2)
        .max_depth(2)
        .into_iter()
        .filter_entry(move |entry| {
            let name = entry.file_name().to_string_lossy();
            entry.depth() != 1 || (name.len() == 2 && is_hex(&name))
        })
        .filter_map(Result::ok)
        .filter(move |entry| {
            let name = entry.file_name().to_string_lossy();
            let is_id = |id: &str| id.len() == 64 && is_hex(id);
            let is_executable = entry.file_type().is_dir();
            let is_output = name.strip_suffix("-d").is_some_and(is_id);
            let is_action = name.strip_suffix("-a").is_some_and(is_id);
            is_output && (is_executable || entry.file_type().is_file())
                || is_action && entry.file_type().is_file()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unused_entries_go() {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path();
        let name = |digit: char| format!("0a/{}-d", digit.to_string().repeat(64));
        std::fs::create_dir_all(cache.join("0a")).unwrap();
        for path in [name('1'), name('2'), "0a/foreign".to_owned(), "trim.txt".to_owned()] {
            std::fs::write(cache.join(path), "12345").unwrap();
        }
        std::fs::write(cache.join(name('3')), "12345").unwrap();
        let foreign = Foreign::from([OsString::from(format!("{}-d", "3".repeat(64)))]);
        assert_eq!(age(cache, &foreign, 1_000_000).unwrap(), (2, 10));
        filetime::set_file_mtime(cache.join(name('2')), FileTime::now()).unwrap();
        let whole = prune(cache, &foreign, 1_000_000, true).unwrap();
        assert_eq!((whole.kept_files, whole.removed_files), (2, 0));
        let pruned = prune(cache, &foreign, 1_000_000, false).unwrap();
        assert_eq!((pruned.kept_files, pruned.removed_files, pruned.removed_bytes), (1, 1, 5));
        assert!(cache.join(name('3')).exists());
        assert!(!cache.join(name('1')).exists() && cache.join("0a/foreign").exists());
        assert!(cache.join("trim.txt").exists());
    }

    #[test]
    fn executables_are_entries_too() {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path();
        let executable = |digit: &str| cache.join(format!("0a/{}-d", digit.repeat(64)));
        for digit in ["1", "2"] {
            std::fs::create_dir_all(executable(digit)).unwrap();
            std::fs::write(executable(digit).join("gen"), "1234567").unwrap();
        }
        assert_eq!(age(cache, &Foreign::new(), 1_000_000).unwrap(), (2, 14));
        filetime::set_file_mtime(executable("2"), FileTime::now()).unwrap();
        let pruned = prune(cache, &Foreign::new(), 1_000_000, false).unwrap();
        assert_eq!((pruned.kept_bytes, pruned.removed_bytes), (7, 7));
        assert!(!executable("1").exists() && executable("2").join("gen").exists());
    }

    #[test]
    fn a_cache_in_use_belongs_to_somebody() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(foreign(&folder.path().join("absent")), Some(Foreign::new()));
        std::fs::create_dir(folder.path().join("0a")).unwrap();
        for number in 0..=FEW {
            std::fs::write(folder.path().join(format!("0a/{number:064x}-a")), "").unwrap();
        }
        assert_eq!(foreign(folder.path()), None);
    }
}
