//! Replays the committed fuzz corpora: what a fuzzer once found stays fixed.

use std::path::Path;

#[path = "../../../../../fuzz/src/deploy.rs"]
#[expect(
    unreachable_pub,
    reason = "a check is public for the fuzz targets, which are a crate of their own"
)]
mod checks;

fn replay(name: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fuzz/corpus").join(name);
    let mut files = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        check(&std::fs::read(file.unwrap().path()).unwrap());
        files += 1;
    }
    assert_ne!(files, 0);
}

#[test]
fn manifests() {
    replay("manifest", checks::manifest);
}

#[test]
fn layers() {
    replay("layer", checks::layer);
}
