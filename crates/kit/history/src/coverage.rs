//! `coverage/<commit>.json`: bounds and names.

/// Number of coverage records that are kept.
pub const RECORDS: usize = 100;

/// Total size of coverage records in bytes.
pub const RECORDS_SIZE: u64 = 16 << 20;

/// Whether it is a SHA-1 or SHA-256 in hex, because it becomes a file name.
pub(crate) fn is_hash(commit: &str) -> bool {
    matches!(commit.len(), 40 | 64)
        && commit.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::History;
    use crate::surplus::{Kept, surplus};
    use proptest::prelude::*;
    use robot_model::{COVERAGE_SCHEMA, CoverageRecord, Statements};
    use std::path::PathBuf;

    fn record(number: u64) -> CoverageRecord {
        CoverageRecord {
            schema: COVERAGE_SCHEMA.to_owned(),
            commit: format!("{number:040x}"),
            time: number,
            files: [("a.go".to_owned(), Statements { covered: number, all: 9 + number })].into(),
        }
    }

    #[test]
    fn the_nearest_commit_with_a_record_is_the_base() {
        let folder = tempfile::tempdir().unwrap();
        let mut history = History::new(folder.path());
        assert_eq!(history.newest_coverage(""), None);
        for number in [1, 3, 2] {
            history.keep_coverage(&record(number)).unwrap();
        }
        let ancestors: Vec<String> = [7, 2, 1].map(|number| record(number).commit).into();
        let base = history.coverage(ancestors.iter().map(String::as_str)).unwrap();
        assert_eq!((base, history.newest_coverage("")), (record(2), Some(record(3))));
        assert_eq!(history.set_aside, [""; 0]);
        assert!(history.coverage(["../../etc/passwd"]).is_none());
        assert!(
            history.keep_coverage(&CoverageRecord { commit: "x/y".into(), ..record(1) }).is_err()
        );
    }

    #[test]
    fn measurements_of_one_commit_are_merged() {
        let folder = tempfile::tempdir().unwrap();
        let mut history = History::new(folder.path());
        let of = |files: &[(&str, u64, u64)], time| CoverageRecord {
            time,
            files: files
                .iter()
                .map(|(path, covered, all)| {
                    ((*path).to_owned(), Statements { covered: *covered, all: *all })
                })
                .collect(),
            ..record(1)
        };
        history.keep_coverage(&of(&[("a.go", 1, 6), ("b.go", 0, 1)], 9)).unwrap();
        history.keep_coverage(&of(&[("a.go", 3, 6)], 4)).unwrap();
        let merged = of(&[("a.go", 3, 6), ("b.go", 0, 1)], 9);
        assert_eq!(history.newest_coverage(""), Some(merged.clone()));
        assert_eq!(history.newest_coverage(&merged.commit), None);
    }

    #[test]
    fn numbers_that_cannot_be_are_neither_kept_nor_believed() {
        let folder = tempfile::tempdir().unwrap();
        let mut history = History::new(folder.path());
        let with = |covered, all| CoverageRecord {
            files: [("a.go".to_owned(), Statements { covered, all })].into(),
            ..record(1)
        };
        for unsound in [with(0, 0), with(99, 9)] {
            assert!(history.keep_coverage(&unsound).is_err());
            let path = folder.path().join(format!("coverage/{}.json", unsound.commit));
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(&path, serde_json::to_vec(&unsound).unwrap()).unwrap();
            assert_eq!(history.newest_coverage(""), None);
            assert!(!history.has_coverage() && history.had_coverage());
        }
        let wide = |number: u64| (format!("{number:0200}"), Statements { covered: 1, all: 1 });
        let large = CoverageRecord { files: (0..50_000).map(wide).collect(), ..record(2) };
        assert!(history.keep_coverage(&large).unwrap_err().to_string().contains("8 MiB"));
        assert!(!history.has_coverage());
    }

    #[test]
    fn a_file_that_is_not_sound_is_set_aside_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let mut history = History::new(folder.path());
        history.keep_coverage(&record(1)).unwrap();
        let path = |number| folder.path().join(format!("coverage/{number:040x}.json"));
        fs_err::write(path(2), "{\"schema\":").unwrap();
        // Valid, but of another commit than its name.
        fs_err::copy(path(1), path(3)).unwrap();
        assert_eq!(history.newest_coverage(""), Some(record(1)));
        assert_eq!(history.set_aside.len(), 2, "{:?}", history.set_aside);
        assert!(history.set_aside[0].contains(&format!("{:040x}.json", 2)));
        // Reported once, because they are renamed.
        let mut later = History::new(folder.path());
        assert_eq!(later.newest_coverage(""), Some(record(1)));
        assert_eq!(later.set_aside, [""; 0]);
        assert!(folder.path().join(format!("coverage/{:040x}.json.unreadable", 2)).exists());
    }

    #[test]
    fn the_folder_does_not_grow_without_bound() {
        let folder = tempfile::tempdir().unwrap();
        let mut history = History::new(folder.path());
        for number in 0..RECORDS as u64 + 5 {
            history.keep_coverage(&record(number)).unwrap();
        }
        let files = fs_err::read_dir(folder.path().join("coverage")).unwrap().count();
        assert_eq!(files, RECORDS);
        assert!(history.coverage([record(4).commit.as_str()]).is_none());
        assert!(history.coverage([record(5).commit.as_str()]).is_some());
    }

    #[test]
    fn what_was_set_aside_or_left_half_written_does_not_stay() {
        let folder = tempfile::tempdir().unwrap();
        let mut history = History::new(folder.path());
        history.keep_coverage(&record(1)).unwrap();
        let path = |name: &str| folder.path().join("coverage").join(name);
        for number in 2..9 {
            fs_err::write(path(&format!("{number:040x}.json")), "{").unwrap();
        }
        for (name, age) in [(".part-a", 7200), (".tmpb", 7200), (".part-c", 60)] {
            let file = fs_err::File::create(path(name)).unwrap();
            let time = std::time::SystemTime::now() - std::time::Duration::from_secs(age);
            file.file().set_modified(time).unwrap();
        }
        assert_eq!(history.newest_coverage(""), Some(record(1)));
        assert_eq!(history.set_aside.len(), 7);
        history.keep_coverage(&record(9)).unwrap();
        // Two records, two set aside, and what another run may be writing.
        assert_eq!(fs_err::read_dir(folder.path().join("coverage")).unwrap().count(), 5);
        assert!(path(".part-c").exists());
    }

    prop_compose! {
        fn measured()(time in 0_u64..9, files in prop::collection::btree_map("[abc]", (0_u64..4, 0_u64..4), 0..4)) -> CoverageRecord {
            let files = files.into_iter().map(|(path, (covered, more))| (path, Statements { covered, all: covered + more }));
            CoverageRecord { time, files: files.collect(), ..record(1) }
        }
    }

    fn merged(mut one: CoverageRecord, other: &CoverageRecord) -> CoverageRecord {
        one.merge(other.clone());
        one
    }

    proptest! {
        /// Whatever the order in which shards end, and however often one is run again.
        #[test]
        fn the_order_of_measurements_does_not_matter(one in measured(), two in measured(), three in measured()) {
            let both = merged(one.clone(), &two);
            prop_assert_eq!(&both, &merged(two.clone(), &one));
            prop_assert_eq!(merged(both.clone(), &three), merged(one.clone(), &merged(two.clone(), &three)));
            prop_assert_eq!(&merged(both.clone(), &one), &both);
            // Nothing is lost.
            for (path, known) in one.files.iter().chain(&two.files) {
                prop_assert!(both.files[path].all >= known.all);
            }
        }

        #[test]
        fn what_stays_is_bounded_and_newest(sizes in prop::collection::vec((0_u64..50, 0..RECORDS_SIZE / 4), 0..150)) {
            let records: Vec<_> = sizes
                .iter()
                .enumerate()
                .map(|(index, (time, size))| (PathBuf::from(index.to_string()), *time, *size))
                .collect();
            let files = records.iter().cloned().map(|(path, age, size)| Kept { path, age, size });
            let gone = surplus(files.collect(), RECORDS, RECORDS_SIZE);
            let (lost, kept): (Vec<_>, Vec<_>) =
                records.iter().partition(|(path, _, _)| gone.contains(path));
            prop_assert!(kept.len() <= RECORDS);
            prop_assert!(kept.len() <= 1 || kept.iter().map(|(_, _, size)| size).sum::<u64>() <= RECORDS_SIZE);
            prop_assert!(records.is_empty() || !kept.is_empty());
            let oldest = kept.iter().map(|(_, time, _)| *time).min().unwrap_or(0);
            prop_assert!(lost.iter().all(|(_, time, _)| *time <= oldest));
        }
    }
}
