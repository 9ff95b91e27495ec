//! Replays the committed fuzz corpora: what a fuzzer once found stays fixed.

#[path = "../../../../../fuzz/src/deploy.rs"]
#[expect(
    unreachable_pub,
    reason = "a check is public for the fuzz targets, which are a crate of their own"
)]
mod checks;

fn replay(target: &str, check: fn(&[u8])) {
    robot_testkit::corpus(target).iter().for_each(|bytes| check(bytes));
}

#[test]
fn manifests() {
    replay("manifest", checks::manifest);
}

#[test]
fn layers() {
    replay("layer", checks::layer);
}
