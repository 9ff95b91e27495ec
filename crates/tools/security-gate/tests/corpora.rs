//! Replays the committed fuzz corpora: what a fuzzer once found stays fixed.

#![expect(clippy::unwrap_used, reason = "helpers of tests are not #[test] functions themselves")]

use std::path::Path;

#[path = "../../../../fuzz/src/security.rs"]
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
fn gosec() {
    replay("gosec", checks::gosec);
}

#[test]
fn govulncheck() {
    replay("govulncheck", checks::govulncheck);
}

#[test]
fn trivy() {
    replay("trivy", checks::trivy);
}

#[test]
fn sarif() {
    replay("sarif", checks::sarif);
}

#[test]
fn openvex() {
    replay("openvex", checks::openvex);
}

#[test]
fn ignore_files() {
    replay("ignore_files", checks::ignore_files);
}
