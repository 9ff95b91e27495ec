//! What comes from outside is bounded.

use crate::world::{World, image};
use robot_sigstore::{BUNDLE_BYTES, Bundle, Candidate, Reason, Rejection};
use serde_json::{Value, json};

fn refused(bundle: &[u8]) -> Rejection {
    Bundle::parse(bundle).unwrap_err()
}

#[test]
fn sizes_and_counts_have_a_limit() {
    let sound = World::new().attested(&image());
    let many = |path: &str, one: Value| {
        let mut bundle = sound.clone();
        *bundle.pointer_mut(path).unwrap() = vec![one; 33].into();
        refused(bundle.to_string().as_bytes())
    };
    let entry = sound["verificationMaterial"]["tlogEntries"][0].clone();
    let rejection = many("/verificationMaterial/tlogEntries", entry);
    assert_eq!(rejection.detail, "the bundle has 33 log entries, and the limit is 32");
    let timestamp = json!({"signedTimestamp": "AAAA"});
    let path = "/verificationMaterial/timestampVerificationData/rfc3161Timestamps";
    assert!(many(path, timestamp).detail.contains("33 timestamps"));
    let rejection = refused(&vec![b' '; BUNDLE_BYTES + 1]);
    assert!(rejection.detail.contains("larger than 16 MiB"), "{rejection:?}");
    // Depth.
    let deep = format!("{{\"mediaType\": {}", "[".repeat(100_000));
    assert_eq!(refused(deep.as_bytes()).reason, Reason::SignatureInvalid);
}

#[test]
fn what_is_not_known_is_named() {
    let mut bundle = World::new().attested(&image());
    bundle["mediaType"] = "application/vnd.dev.sigstore.bundle.v0.9+json".into();
    let rejection = refused(bundle.to_string().as_bytes());
    assert_eq!(rejection.reason, Reason::FormatUnsupported);
    assert!(rejection.detail.contains("v0.9"), "{rejection:?}");
    let before = refused(br#"{"base64Signature": "AAAA", "cert": "", "rekorBundle": {}}"#);
    assert_eq!(before.reason, Reason::FormatUnsupported);
    assert!(before.hint.unwrap().contains("cosign bundle upgrade"));
    assert_eq!(refused(b"\xff").reason, Reason::SignatureInvalid);
}

#[test]
fn of_many_signatures_some_are_not_looked_at_and_that_is_told() {
    let world = World::new();
    let candidates = vec![Candidate::bundle("x", b"{}"); 100];
    let artifact = robot_sigstore::Artifact::Digest(image());
    let judgement = world.judge_all(&artifact, &candidates);
    assert_eq!((judgement.rejected.len(), judgement.unseen), (64, 36));
}
