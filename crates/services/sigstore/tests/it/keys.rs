//! Signatures with keys, by the real cosign.

use crate::world::{now, own, resting_on};
use robot_sigstore::{Artifact, Bundle, Digest, Key, Log, Policy, Reason, Signer};
use robot_testkit::{TestSigstore, cosign_recorded};

fn read(name: &str) -> Vec<u8> {
    fs_err::read(cosign_recorded(name)).unwrap()
}

#[test]
fn cosigns_signature_of_a_file_counts_for_the_key_and_the_file_alone() {
    let verifier = resting_on(&TestSigstore::new().trusted_root());
    let bundle = Bundle::parse(&read("robot.sigstore.json")).unwrap();
    let key = Key::from_pem(&read("cosign.pub")).unwrap();
    let policy = |log| Policy { log, ..Policy::of(Signer::Key(key.clone())) };
    let judge = |artifact: &Artifact, policy: &Policy| {
        verifier.verify(artifact, &bundle, policy, now()).unwrap()
    };
    let file = Artifact::File(cosign_recorded("robot.txt"));
    let verified = judge(&file, &policy(Log::Ignored)).unwrap();
    assert_eq!(verified.key.as_deref(), Some(key.fingerprint().as_str()));
    assert!(!verified.is_logged && verified.claims.is_none());
    assert!(judge(&Artifact::Digest(verified.digest), &policy(Log::Ignored)).is_ok());

    let rejection = judge(&file, &policy(Log::Required)).unwrap_err();
    assert_eq!(rejection.reason, Reason::SignatureInvalid);
    assert!(rejection.hint.unwrap().contains("transparency-log: ignore"));
    let other = Artifact::Digest(Digest::of(b"another robot"));
    assert!(judge(&other, &policy(Log::Ignored)).is_err());
    let identity = Policy::of(Signer::Identity(own()));
    let rejection = judge(&file, &identity).unwrap_err();
    assert_eq!(rejection.reason, Reason::IdentityNotAllowed);
    let vectors = robot_testkit::conformance_vectors();
    let others = vectors.iter().find(|vector| vector.name == "managed-key-happy-path").unwrap();
    let others = others.key().unwrap();
    let others = Key::from_pem(&fs_err::read(others).unwrap()).unwrap();
    let policy = Policy { log: Log::Ignored, ..Policy::of(Signer::Key(others)) };
    assert_eq!(judge(&file, &policy).unwrap_err().reason, Reason::SignatureInvalid);
}
