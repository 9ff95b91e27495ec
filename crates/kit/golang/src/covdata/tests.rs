//! Coverage data that real programs wrote, whole and damaged.

use super::*;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)
}

/// Name and content of each file.
fn files(name: &str) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(folder(name))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

fn data(files: &[(String, Vec<u8>)]) -> Result<Data, &'static str> {
    let mut data = Data::default();
    files.iter().try_for_each(|(name, bytes)| data.add(name, bytes))?;
    Ok(data)
}

#[test]
fn it_is_what_go_tool_covdata_makes_of_it() {
    for name in [
        "go1.22.12/covdata-set",
        "go1.22.12/covdata-atomic",
        "go1.26.8/covdata-set",
        "go1.26.8/covdata-atomic",
    ] {
        let mut profiles = data(&files(name)).unwrap().profiles().unwrap();
        assert_eq!(profiles.len(), 1);
        let mut expected = Profile::default();
        expected.add(&std::fs::read(folder(&format!("{name}.coverprofile"))).unwrap()).unwrap();
        assert_eq!(profiles.remove(0).write(), expected.write(), "{name}");
    }
}

#[test]
fn of_two_programs_the_one_that_ended_last_comes_first() {
    let (old, new) = (files("go1.22.12/covdata-set"), files("go1.26.8/covdata-set"));
    let ended_at = |files: &[(String, Vec<u8>)], time: &str| -> Vec<(String, Vec<u8>)> {
        let rename = |name: &str| match name.rsplit_once('.') {
            Some((rest, _)) if name.starts_with("covcounters") => format!("{rest}.{time}"),
            _ => name.to_owned(),
        };
        files.iter().map(|(name, bytes)| (rename(name), bytes.clone())).collect()
    };
    let first = |older: &str, newer: &str| {
        let both = [ended_at(&old, older), ended_at(&new, newer)].concat();
        data(&both).unwrap().profiles().unwrap().remove(0)
    };
    let of = |files: &[(String, Vec<u8>)]| data(files).unwrap().profiles().unwrap().remove(0);
    assert_eq!(first("10", "9"), of(&old));
    assert_eq!(first("9", "10"), of(&new));
}

#[test]
fn a_part_that_is_missing_is_told() {
    let all = files("go1.26.8/covdata-set");
    let (counters, meta) = all.split_at(2);
    let reason = |files| data(files).unwrap().profiles().unwrap_err();
    assert!(reason(&[]).contains("no `covmeta.*` file"));
    assert!(reason(meta).contains("no program that was built with `-cover` has ended"));
    let other = files("go1.22.12/covdata-set");
    let foreign = [counters, &other[2..]].concat();
    assert!(reason(&foreign).contains("no matching `covmeta"));
}

/// Whatever is cut off or changed: an error, or a profile; never a panic.
#[test]
fn a_file_that_is_cut_off_is_refused() {
    let all = files("go1.26.8/covdata-atomic");
    for (index, (_, bytes)) in all.iter().enumerate() {
        for length in 0..bytes.len() {
            let mut cut = all.clone();
            cut[index].1.truncate(length);
            assert!(data(&cut).is_err(), "{} of {}", length, all[index].0);
        }
        for at in 0..bytes.len() {
            let mut changed = all.clone();
            changed[index].1[at] ^= 0x55;
            let _ = data(&changed).map(Data::profiles);
        }
    }
}
