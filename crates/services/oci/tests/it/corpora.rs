//! Replays the committed fuzz corpora: what a fuzzer once found stays fixed.

use std::path::Path;

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
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fuzz/corpus").join(name);
        let mut files = 0;
        for file in std::fs::read_dir(folder).unwrap() {
            check(&std::fs::read(file.unwrap().path()).unwrap());
            files += 1;
        }
        assert_ne!(files, 0, "{name}");
    }
}
