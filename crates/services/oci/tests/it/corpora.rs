//! Replays the committed fuzz corpora: what a fuzzer once found stays fixed.

#[path = "../../../../../fuzz/src/oci.rs"]
#[expect(
    unreachable_pub,
    reason = "a check is public for the fuzz targets, which are a crate of their own"
)]
mod checks;

#[test]
fn corpora() {
    type Check = (&'static str, fn(&[u8]));
    const CHECKS: [Check; 4] = [
        ("oci_reference", checks::oci_reference),
        ("oci_manifest", checks::oci_manifest),
        ("www_authenticate", checks::www_authenticate),
        ("docker_config", checks::docker_config),
    ];
    for (name, check) in CHECKS {
        robot_testkit::corpus(name).iter().for_each(|bytes| check(bytes));
    }
}
