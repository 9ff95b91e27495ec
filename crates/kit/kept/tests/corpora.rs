//! Replays the committed fuzz corpus of kept verdicts: what a fuzzer once found stays fixed.

use robot_kept::{Record, RecordError};
use std::path::Path;

#[path = "../../../../fuzz/src/kept.rs"]
#[expect(unreachable_pub, reason = "it is public for the fuzz target, which is a crate of its own")]
mod checks;

#[test]
fn the_corpus_is_read_or_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fuzz/corpus/kept_verdict");
    for file in std::fs::read_dir(&folder).unwrap() {
        checks::kept_verdict(&std::fs::read(file.unwrap().path()).unwrap());
    }
    let read = |name: &str| Record::read(&std::fs::read(folder.join(name)).unwrap());
    assert!(read("whole").is_ok() && read("far_future").is_ok());
    assert_eq!(read("edited"), Err(RecordError::Damaged));
    assert_eq!(read("cut_short"), Err(RecordError::Damaged));
    assert_eq!(read("other_version"), Err(RecordError::Heading));
    assert_eq!(read("no_heading"), Err(RecordError::Heading));
    for refused in ["deep_value", "unknown_field"] {
        assert!(matches!(read(refused), Err(RecordError::Content(_))), "{refused}");
    }
}
