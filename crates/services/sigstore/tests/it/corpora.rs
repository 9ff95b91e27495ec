//! Replays the committed fuzz corpora: what a fuzzer once found stays fixed.

#[path = "../../../../../fuzz/src/sigstore.rs"]
#[expect(
    unreachable_pub,
    reason = "a check is public for the fuzz targets, which are a crate of their own"
)]
mod checks;

fn replay(target: &str, check: fn(&[u8])) {
    robot_testkit::corpus(target).iter().for_each(|bytes| check(bytes));
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
