//! Replays the committed fuzz corpus: what a fuzzer once found stays fixed.

use std::path::Path;

#[path = "../../../../../fuzz/src/kubernetes.rs"]
#[expect(
    unreachable_pub,
    reason = "a check is public for the fuzz targets, which are a crate of their own"
)]
mod checks;

#[test]
fn workloads() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fuzz/corpus/workload");
    let mut files = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        checks::workload(&std::fs::read(file.unwrap().path()).unwrap());
        files += 1;
    }
    assert_ne!(files, 0);
}
