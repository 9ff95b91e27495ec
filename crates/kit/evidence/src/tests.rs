//! Evidence is accepted only if it is complete, of this commit and of this version.

use super::*;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Built {
    digest: String,
}

impl Evidence for Built {
    const KIND: Kind = Kind { name: "built", version: 1, left_by: "go-image" };

    fn outdated(&self, directory: &Path) -> Option<String> {
        directory.join("changed").exists().then(|| "main.go has changed".to_owned())
    }
}

/// Evidence of the next version, whose value has another form.
#[derive(Debug, Serialize, Deserialize)]
struct BuiltLater(u32);

impl Evidence for BuiltLater {
    const KIND: Kind = Kind { version: 2, ..Built::KIND };
}

fn built() -> Built {
    Built { digest: "sha256:1".to_owned() }
}

#[test]
fn the_next_step_takes_what_was_left() {
    let folder = tempfile::tempdir().unwrap();
    let holder = Holder { results: folder.path(), commit: "c1", directory: folder.path() };
    assert!(matches!(holder.require::<Built>(), Err(Missing::Absent)));
    let path = holder.leave(&built(), "i1").unwrap();
    assert_eq!(holder.require::<Built>().unwrap(), built());
    let text: serde_json::Value = serde_json::from_slice(&fs_err::read(path).unwrap()).unwrap();
    assert_eq!((&text["inputs"], &text["value"]["digest"]), (&"i1".into(), &"sha256:1".into()));
    Built::KIND.forget(folder.path()).unwrap();
    assert!(matches!(holder.require::<Built>(), Err(Missing::Absent)));
    Built::KIND.forget(folder.path()).unwrap();
}

#[test]
fn what_does_not_fit_is_absent_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let holder = Holder { results: folder.path(), commit: "c1", directory: folder.path() };
    let path = holder.leave(&built(), "").unwrap();
    let why = |holder: &Holder<'_>| holder.require::<Built>().unwrap_err().to_string();

    let later = Holder { commit: "c2", ..holder };
    assert_eq!(why(&later), "it belongs to commit c1, which is not checked out");

    fs_err::write(folder.path().join("changed"), "").unwrap();
    assert_eq!(why(&holder), "main.go has changed");
    fs_err::remove_file(folder.path().join("changed")).unwrap();

    let whole = fs_err::read(&path).unwrap();
    fs_err::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert!(why(&holder).starts_with("it cannot be read: "), "{}", why(&holder));
    fs_err::write(&path, vec![b' '; (LIMIT + 1) as usize]).unwrap();
    assert!(why(&holder).contains("larger than 16 MiB"), "{}", why(&holder));

    holder.leave(&BuiltLater(1), "").unwrap();
    assert_eq!(
        why(&holder),
        "another version of robot-actions wrote it: robot.evidence/v1, built v2"
    );
}
