//! Replays the committed fuzz corpus of what jobs leave: what a fuzzer once found stays fixed.

use robot_go_matrix::CellResults;
use std::path::Path;

#[path = "../../../../../fuzz/src/matrix.rs"]
#[expect(unreachable_pub, reason = "it is public for the fuzz target, which is a crate of its own")]
mod checks;

#[test]
fn the_corpus_is_read_or_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fuzz/corpus/cell_results");
    for file in std::fs::read_dir(&folder).unwrap() {
        checks::cell_results(&std::fs::read(file.unwrap().path()).unwrap());
    }
    let is_read =
        |name: &str| CellResults::read(&std::fs::read(folder.join(name)).unwrap()).is_ok();
    assert!(is_read("two_cells"));
    for name in ["cut_short", "other_version", "too_many", "unknown_outcome", "deep"] {
        assert!(!is_read(name), "{name}");
    }
}
