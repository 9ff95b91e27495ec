//! Sets the times of checked-out files from their content, so that Go's test cache, which identifies files by time and
//! size, finds the results of an earlier checkout.
//!
//! A constant time would be wrong: Go's module index identifies files by name, time and size, and would confuse
//! different contents.

use filetime::FileTime;
use robot_contract::{Context, Failure};
use robot_git as git;
use std::collections::BTreeMap;
use std::path::Path;

/// 1980-01-01, the earliest time that zip archives know.
const EARLIEST: i64 = 315_532_800;
/// The range ends in May 2024, so that no time is in the future.
const SPAN: u64 = 1_400_000_000;

/// Sets the times of all tracked, unmodified files, and of the folders that contain only such files.
///
/// # Errors
/// This is not a git checkout, or git refuses to read it. No time was set.
pub(crate) fn set_times(context: &Context) -> Result<u64, Failure> {
    let root = git::require(context, &["rev-parse", "--show-toplevel"])?;
    let root = Path::new(root.trim_end()).to_owned();
    let tree = git::require(context, &["ls-tree", "-r", "-t", "-z", "--full-tree", "HEAD"])?;
    // Configured filters stay enabled: without git-lfs, all its files would look modified. No code of the
    // repository has run yet.
    let modified = git::require(context, &["diff", "--name-only", "-z", "HEAD"])?;
    let untracked = git::require(
        context,
        &["ls-files", "--others", "--exclude-standard", "-z", "--full-name", ":/"],
    )?;
    let changed: Vec<&str> = git::paths(&modified).chain(git::paths(&untracked)).collect();
    let times = times(&tree, &changed);
    let mut set = 0;
    // Deepest first: setting a file's time leaves its folder's alone, but the order costs nothing.
    for (path, &time) in times.iter().rev() {
        let path = root.join(path);
        // A sparse checkout lacks files. For a link, its own time is set, not its target's.
        if filetime::set_symlink_file_times(&path, time, time).is_ok() {
            set += 1;
        }
    }
    // Without this, every later git command would read all files again.
    let _ = git::ask(context, &["update-index", "-q", "--refresh"]);
    Ok(set)
}

/// Path -> time, from `git ls-tree -r -t -z`, without modified files and folders that contain one.
fn times<'a>(tree: &'a str, changed: &[&str]) -> BTreeMap<&'a str, FileTime> {
    let entries = tree.split('\0').filter_map(|entry| {
        let (head, path) = entry.split_once('\t')?;
        let mut words = head.split(' ');
        let (mode, hash) = (words.next()?, words.nth(1)?);
        // 160000 is a submodule: another repository.
        (mode != "160000").then_some((path, hash))
    });
    entries
        .filter(|(path, _)| {
            !changed.iter().any(|changed| {
                changed == path
                    || changed.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
            })
        })
        .filter_map(|(path, hash)| Some((path, time(hash)?)))
        .collect()
}

/// A time from 60 bits of an object's hash in hexadecimal digits: 30 bits for seconds and 30 for nanoseconds. With
/// fewer bits, another content with the same size and time could be found in minutes.
fn time(hash: &str) -> Option<FileTime> {
    let part = |digits: std::ops::Range<usize>| u64::from_str_radix(hash.get(digits)?, 16).ok();
    let seconds = EARLIEST + i64::try_from(part(0..15)? % SPAN).ok()?;
    let nanoseconds = u32::try_from(part(15..30)? % 1_000_000_000).ok()?;
    Some(FileTime::from_unix_time(seconds, nanoseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_follow_content_and_leave_changed_files_alone() {
        let tree = "100644 blob 00000000000000aaaa0000000000000000000000\ta/x.go\0\
                    040000 tree 00000000000000bbbb0000000000000000000000\ta\0\
                    100644 blob 00000000000000cccc0000000000000000000000\ty.go\0\
                    160000 commit 00000000000000dddd0000000000000000000000\tsub\0";
        let all = times(tree, &[]);
        assert_eq!(all.len(), 3);
        assert_ne!(all["a/x.go"], all["y.go"]);
        let past = EARLIEST..EARLIEST + SPAN as i64;
        assert!(all.values().all(|time| past.contains(&time.unix_seconds())));
        assert_eq!(
            times(tree, &["a/new.go"]).keys().copied().collect::<Vec<_>>(),
            ["a/x.go", "y.go"]
        );
        assert_eq!(times(tree, &["a/x.go"]).keys().copied().collect::<Vec<_>>(), ["y.go"]);
    }

    #[test]
    fn every_digit_that_is_used_changes_the_time() {
        let hash = "0123456789abcdef0123456789abcdef01234567";
        let digits = (0..30).filter(|&digit| {
            let mut other = hash.as_bytes().to_vec();
            other[digit] = if other[digit] == b'5' { b'6' } else { b'5' };
            time(std::str::from_utf8(&other).unwrap()) != time(hash)
        });
        assert_eq!(digits.count(), 30);
        assert_ne!(time(hash).unwrap().nanoseconds(), 0);
    }
}
