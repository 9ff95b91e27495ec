//! Replays the committed fuzz corpora: what a fuzzer once found stays fixed.

use std::path::Path;

#[path = "../../../../../fuzz/src/sigstore.rs"]
#[expect(
    unreachable_pub,
    reason = "a check is public for the fuzz targets, which are a crate of their own"
)]
mod checks;

fn replay(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fuzz/corpus").join(target);
    let mut files = 0;
    for file in fs_err::read_dir(folder).unwrap() {
        check(&fs_err::read(file.unwrap().path()).unwrap());
        files += 1;
    }
    assert_ne!(files, 0);
}

#[test]
fn bundle() {
    replay("bundle", checks::bundle);
}

#[test]
fn legacy_signature() {
    replay("legacy_signature", checks::legacy_signature);
}

#[test]
fn trusted_root() {
    replay("trusted_root", checks::trusted_root);
}
