//! What stands beside an artifact or is given as a root: anybody may have written it. A panic is a
//! finding, and so is anything that is accepted.

use robot_sigstore::{
    Artifact, Bundle, Candidate, Digest, GITHUB_ISSUER, Identity, Instance, Policy, Root, Signer,
    Verifier,
};
use std::sync::OnceLock;

/// What no bundle of a corpus is of.
fn artifact() -> Artifact {
    Artifact::Digest(Digest::of(b"nobody has signed this"))
}

fn verifier() -> &'static Verifier {
    static VERIFIER: OnceLock<Verifier> = OnceLock::new();
    VERIFIER
        .get_or_init(|| Verifier::new(Root::embedded(Instance::PublicGood).into_iter().collect()))
}

fn policy() -> Policy {
    Policy::of(Signer::Identity(Identity::exact("nobody@example.com", GITHUB_ISSUER)))
}

fn is_refused(candidate: Candidate) {
    let judged =
        verifier().judge(&artifact(), &[candidate], &policy(), jiff::Timestamp::UNIX_EPOCH);
    assert!(judged.is_ok_and(|judgement| judgement.verified.is_none()));
}

/// A bundle: it is never accepted for what it is not of.
pub fn bundle(bytes: &[u8]) {
    if let Ok(bundle) = Bundle::parse(bytes) {
        let _ = bundle.predicate_type();
    }
    is_refused(Candidate::bundle("", bytes));
}

/// A payload and annotations of cosign's older signatures, a line each.
pub fn legacy_signature(bytes: &[u8]) {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let payload = lines.next().unwrap_or_default();
    let text =
        |line: Option<&[u8]>| String::from_utf8_lossy(line.unwrap_or_default()).replace('\r', "\n");
    let annotations = [
        ("dev.cosignproject.cosign/signature", text(lines.next())),
        ("dev.sigstore.cosign/certificate", text(lines.next())),
        ("dev.sigstore.cosign/chain", text(lines.next())),
        ("dev.sigstore.cosign/bundle", text(lines.next())),
        ("dev.sigstore.cosign/rfc3161timestamp", text(lines.next())),
    ];
    let annotations = annotations.map(|(name, value)| (name.to_owned(), value)).into();
    is_refused(Candidate::legacy("", payload, &annotations));
}

/// A trusted root: what is read has at least one root in it.
pub fn trusted_root(bytes: &[u8]) {
    if let Ok(roots) = Root::read("", bytes) {
        assert!(!roots.is_empty());
        let _ = roots.iter().map(|root| root.age_in_days(jiff::Timestamp::UNIX_EPOCH)).max();
    }
}
