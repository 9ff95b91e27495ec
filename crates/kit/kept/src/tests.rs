//! A verdict is valid while everything that it depends on is unchanged, and only then.

use crate::{Binding, Kept, Key, Shelf, Why};
use jiff::{SignedDuration, Timestamp};
use robot_model::Verdict::{self, Fail, Inconclusive, Pass, Warn};
use robot_observe::{Manner, Read, State};
use std::path::{Path, PathBuf};

fn now() -> Timestamp {
    "2026-11-01T12:00:00Z".parse().unwrap()
}

fn binding() -> Binding {
    Binding {
        version: "1.0.0".to_owned(),
        verb: "go-matrix".to_owned(),
        repository: "org/robot".to_owned(),
        folder: String::new(),
        commit: Some("abc1234".to_owned()),
        now: now(),
        fresh: false,
        unrestored: Vec::new(),
    }
}

fn key() -> Key {
    let mut key = Key::of("go1.22.12");
    key.text("database", "2026-10-01");
    key.content("go.mod", "module m\n");
    key
}

fn read(path: &Path) -> Read {
    let manner = Manner::Opened;
    Read { path: path.to_owned(), manner, state: State::of(path, manner).unwrap() }
}

fn found(shelf: &Shelf, key: &Key) -> Result<Kept<u32>, Why> {
    shelf.look_up(key)
}

fn why(shelf: &Shelf, key: &Key) -> String {
    found(shelf, key).unwrap_err().to_string()
}

/// The one record.
fn file(folder: &Path) -> PathBuf {
    let only = |folder: &Path| fs_err::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    only(&only(&folder.join("verdicts")))
}

#[test]
fn a_verdict_holds_until_an_input_changes() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = Shelf::new(folder.path(), binding());
    assert_eq!(found(&shelf, &key()), Err(Why::Absent));
    shelf.keep(&key(), Warn, &[], &7).unwrap();
    let kept = found(&shelf, &key()).unwrap();
    assert_eq!((kept.verdict, kept.commit.as_deref(), kept.value), (Warn, Some("abc1234"), 7));

    let mut other = key();
    other.text("database", "2026-11-01");
    assert_eq!(why(&shelf, &other), "database changed from 2026-10-01 to 2026-11-01");
    let mut other = key();
    other.content("go.mod", "module n\n");
    assert_eq!(why(&shelf, &other), "go.mod changed");
    let mut other = key();
    other.content("variable MODE", "1");
    assert_eq!(why(&shelf, &other), "variable MODE is new");
    assert_eq!(found(&shelf, &Key::of("go1.23.4")), Err(Why::Absent));

    let newer = Shelf::new(folder.path(), Binding { version: "1.1.0".to_owned(), ..binding() });
    assert_eq!(why(&newer, &key()), "robot-actions changed from 1.0.0 to 1.1.0");
    let beside = Shelf::new(folder.path(), Binding { folder: "other".to_owned(), ..binding() });
    assert_eq!(found(&beside, &key()), Err(Why::Absent));
    let other_verb = Shelf::new(folder.path(), Binding { verb: "go-test".to_owned(), ..binding() });
    assert_eq!(found(&other_verb, &key()), Err(Why::Absent));
    // The first one still holds.
    assert!(found(&shelf, &key()).is_ok());
    let fresh = Shelf::new(folder.path(), Binding { fresh: true, ..binding() });
    assert_eq!(found(&fresh, &key()), Err(Why::Fresh));
}

#[test]
fn a_verdict_holds_until_a_read_finds_something_else() {
    let folder = tempfile::tempdir().unwrap();
    let place = tempfile::tempdir().unwrap();
    let path = |name: &str| place.path().join(name);
    fs_err::write(path("golden"), "1").unwrap();
    let reads = [read(&path("golden")), read(&path("absent")), read(place.path())];
    let keep = || Shelf::new(folder.path(), binding()).keep(&key(), Pass, &reads, &1);
    // Each run looks anew.
    let why = || why(&Shelf::new(folder.path(), binding()), &key());
    keep().unwrap();
    assert!(found(&Shelf::new(folder.path(), binding()), &key()).is_ok());
    fs_err::write(path("golden"), "2").unwrap();
    assert_eq!(why(), format!("{} changed", path("golden").display()));
    fs_err::write(path("golden"), "1").unwrap();
    fs_err::write(path("absent"), "").unwrap();
    assert_eq!(why(), format!("{} changed", path("absent").display()));
    fs_err::remove_file(path("absent")).unwrap();
    fs_err::write(path("new"), "").unwrap();
    assert_eq!(why(), format!("{} changed", place.path().display()));
    fs_err::remove_file(path("new")).unwrap();
    assert!(found(&Shelf::new(folder.path(), binding()), &key()).is_ok());

    // What was written to since it was read is not what it was reached from; nothing is kept then.
    let told = keep().unwrap_err();
    assert!(told.ends_with("golden changed meanwhile"), "{told}");
    assert_eq!(found(&Shelf::new(folder.path(), binding()), &key()), Err(Why::Absent));
}

#[test]
fn only_a_green_verdict_is_kept_and_a_later_one_takes_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = Shelf::new(folder.path(), binding());
    for verdict in [Fail, Inconclusive] {
        shelf.keep(&key(), Pass, &[], &1).unwrap();
        assert!(found(&shelf, &key()).is_ok());
        shelf.keep(&key(), verdict, &[], &2).unwrap();
        assert_eq!(found(&shelf, &key()), Err(Why::Absent), "{verdict}");
    }
}

#[test]
fn a_verdict_ends_with_what_it_rests_on() {
    let folder = tempfile::tempdir().unwrap();
    let end = now() + SignedDuration::from_hours(1);
    let shelf = Shelf::new(folder.path(), binding());
    shelf.keep_until(&key(), Pass, &[], &1, Some(end)).unwrap();
    assert!(found(&shelf, &key()).is_ok());
    let later = Shelf::new(folder.path(), Binding { now: end, ..binding() });
    assert_eq!(why(&later, &key()), "the kept verdict expired at 2026-11-01T13:00:00Z");
}

/// What a file says when it is another's or was changed, with the hash that it then has.
#[test]
fn a_record_that_is_not_ours_counts_for_nothing_and_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = || Shelf::new(folder.path(), binding());
    let keep_as = |binding: Binding, verdict: Verdict| {
        let shelf = Shelf::new(folder.path(), binding);
        shelf.keep(&key(), verdict, &[], &1).unwrap();
    };
    let foreign = Binding { repository: "org/other".to_owned(), ..binding() };
    keep_as(foreign, Pass);
    assert_eq!(why(&shelf(), &key()), "the kept verdict is not valid: it belongs to org/other");

    let future = Binding { now: now() + SignedDuration::from_hours(1), ..binding() };
    keep_as(future, Pass);
    let told = why(&shelf(), &key());
    assert!(told.ends_with("it was made in the future, 2026-11-01T13:00:00Z"), "{told}");

    keep_as(binding(), Pass);
    let file = file(folder.path());
    let whole = fs_err::read(&file).unwrap();
    let text = String::from_utf8(whole.clone()).unwrap();
    let damaged = "the kept verdict is not valid: the file was edited or cut off";
    for edited in [text.replace("\"value\":1", "\"value\":2"), text[..text.len() - 1].to_owned()] {
        fs_err::write(&file, edited).unwrap();
        assert_eq!(why(&shelf(), &key()), damaged);
    }
    for other in ["", "{}", "robot.verdict/v9 00\n{}"] {
        fs_err::write(&file, other).unwrap();
        assert!(why(&shelf(), &key()).ends_with("the file is not a kept verdict of this version"));
    }
    // One that says `fail`, with a hash that fits.
    let record = crate::Record { verdict: Fail, ..crate::Record::read(&whole).unwrap() };
    fs_err::write(&file, record.write().unwrap()).unwrap();
    assert!(why(&shelf(), &key()).ends_with("a kept `fail` is never reused"));
    // One under the name of other inputs.
    fs_err::write(&file, &whole).unwrap();
    let mut other = key();
    other.text("database", "2026-11-01");
    shelf().keep(&other, Pass, &[], &2).unwrap();
    let place = file.parent().unwrap();
    let names = fs_err::read_dir(place).unwrap().map(|entry| entry.unwrap().path());
    let beside = names.into_iter().find(|path| *path != file).unwrap();
    fs_err::copy(beside, &file).unwrap();
    assert!(why(&shelf(), &key()).ends_with("its inputs do not match its name"));
    fs_err::write(&file, &whole).unwrap();
    assert!(found(&shelf(), &key()).is_ok());
}

#[test]
fn a_subject_has_few_records_and_those_that_are_used_stay() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = Shelf::new(folder.path(), binding());
    for number in 0..20 {
        let mut key = key();
        key.text("number", number.to_string());
        shelf.keep(&key, Pass, &[], &number).unwrap();
    }
    let subject = file(folder.path());
    assert_eq!(fs_err::read_dir(subject.parent().unwrap()).unwrap().count(), 8);
}

#[test]
fn a_record_that_another_refers_to_holds_while_its_reads_do() {
    let folder = tempfile::tempdir().unwrap();
    let place = tempfile::tempdir().unwrap();
    let golden = place.path().join("golden");
    fs_err::write(&golden, "1").unwrap();
    let shelf = || Shelf::new(folder.path(), binding());
    assert_eq!(shelf().reference(&key()), None);
    shelf().keep(&key(), Pass, &[read(&golden)], &7).unwrap();
    let reference = shelf().reference(&key()).unwrap();
    let follow = |shelf: Shelf| shelf.follow::<u32>(&reference).map(|kept| kept.value);
    assert_eq!(follow(shelf()), Ok(7));
    let fresh = Shelf::new(folder.path(), Binding { fresh: true, ..binding() });
    assert_eq!(follow(fresh), Err(Why::Fresh));
    let foreign = Binding { repository: "org/other".to_owned(), ..binding() };
    assert!(matches!(follow(Shelf::new(folder.path(), foreign)), Err(Why::NotBelieved(_))));

    // Nothing is known of what is in a cache that is still to be restored.
    let unrestored = vec![place.path().to_owned()];
    let before = Shelf::new(folder.path(), Binding { unrestored, ..binding() });
    let told = follow(before).unwrap_err().to_string();
    assert!(told.ends_with("golden is in a cache that is not restored yet"), "{told}");

    fs_err::write(&golden, "2").unwrap();
    let told = follow(shelf()).unwrap_err().to_string();
    assert_eq!(told, format!("{} changed", golden.display()));
    fs_err::write(&golden, "1").unwrap();

    // The reference is data from outside as well.
    let text = serde_json::to_string(&reference).unwrap();
    let name = file(folder.path()).file_name().unwrap().to_string_lossy().into_owned();
    for other in ["../../../etc/passwd", "", &"0".repeat(32), &name.to_uppercase()] {
        let forged = serde_json::from_str(&text.replace(&name, other)).unwrap();
        assert!(shelf().follow::<u32>(&forged).is_err(), "{other}");
    }
    fs_err::remove_file(file(folder.path())).unwrap();
    assert_eq!(follow(shelf()), Err(Why::Absent));
}

#[test]
fn the_store_is_bounded_by_its_size() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = Shelf::new(folder.path(), binding());
    let large = "x".repeat(15 << 20);
    let about = |number: usize| key().about(format!("cell {number}"));
    for number in 0..6 {
        shelf.keep(&about(number), Pass, &[], &large).unwrap();
        let time =
            std::time::SystemTime::now() - std::time::Duration::from_secs(60 - number as u64);
        let kept = walkdir(folder.path()).into_iter().max_by_key(|(modified, _)| *modified);
        let file = std::fs::File::options().append(true).open(kept.unwrap().1).unwrap();
        file.set_modified(time).unwrap();
    }
    shelf.tidy();
    let is_kept = |number: usize| shelf.reference(&about(number)).is_some();
    let kept: Vec<usize> = (0..6).filter(|number| is_kept(*number)).collect();
    assert_eq!(kept, [4, 5]);
}

/// All records with their times.
fn walkdir(folder: &Path) -> Vec<(std::time::SystemTime, PathBuf)> {
    let entries = |folder: PathBuf| fs_err::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let subjects = entries(folder.join("verdicts"));
    let files = subjects.flat_map(|subject| entries(subject.path()));
    files.map(|file| (file.metadata().unwrap().modified().unwrap(), file.path())).collect()
}
