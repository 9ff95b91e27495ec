//! Replays the committed fuzz corpora: what a fuzzer once found stays fixed.

#[path = "../../../../../fuzz/src/security.rs"]
#[expect(
    unreachable_pub,
    reason = "a check is public for the fuzz targets, which are a crate of their own"
)]
mod checks;

fn replay(target: &str, check: fn(&[u8])) {
    robot_testkit::corpus(target).iter().for_each(|bytes| check(bytes));
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

/// Every check on a file of its corpus with some bytes changed, cut out or put in: what needs no nightly
/// compiler.
#[test]
fn mutations() {
    use proptest::prelude::*;
    type Check = (&'static str, fn(&[u8]));
    const CHECKS: [Check; 6] = [
        ("gosec", checks::gosec),
        ("govulncheck", checks::govulncheck),
        ("trivy", checks::trivy),
        ("sarif", checks::sarif),
        ("openvex", checks::openvex),
        ("ignore_files", checks::ignore_files),
    ];
    let corpora = CHECKS.map(|(name, _)| robot_testkit::corpus(name));
    let mutation = (any::<prop::sample::Index>(), 0..4_u8, any::<u8>());
    let case =
        (0..CHECKS.len(), any::<prop::sample::Index>(), prop::collection::vec(mutation, 0..8));
    proptest!(|((check, file, mutations) in case)| {
        let mut bytes = corpora[check][file.index(corpora[check].len())].clone();
        for (at, kind, byte) in mutations {
            let at = at.index(bytes.len() + 1);
            let inside = at < bytes.len();
            match kind {
                0 if inside => bytes[at] = byte,
                1 if inside => drop(bytes.remove(at)),
                2 => bytes.insert(at, byte),
                _ => bytes.truncate(at.max(1)),
            }
        }
        CHECKS[check].1(&bytes);
    });
}
