//! Mistakes that verifiers have made: each bundle here was accepted by somebody once.

use crate::world::{World, image, own, reason, resting_on, workflow};
use data_encoding::BASE64;
use robot_sigstore::{Artifact, Bundle, Candidate, Digest, Policy, Reason, Signer};
use robot_testkit::TestSigstore;
use serde_json::{Value, json};
use std::time::Duration;

fn entry(bundle: &mut Value) -> &mut Value {
    &mut bundle["verificationMaterial"]["tlogEntries"][0]
}

fn file(content: &[u8]) -> (tempfile::TempDir, Artifact) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("robot");
    fs_err::write(&path, content).unwrap();
    (folder, Artifact::File(path))
}

#[test]
fn what_is_sound_counts_as_file_and_as_digest() {
    let world = World::new();
    let (_folder, artifact) = file(b"a robot");
    let bundle = world.sigstore.sign(&workflow(), b"a robot");
    let verified = world.judge(&bundle, &artifact, own()).unwrap();
    assert_eq!(verified.digest, artifact.digest().unwrap());
    assert!(world.judge(&bundle, &Artifact::Digest(verified.digest), own()).is_ok());
    let other = world.judge(&bundle, &Artifact::Digest(image()), own());
    assert_eq!(reason(&other), Reason::SignatureInvalid);
}

/// CVE-2026-22703: an entry that is in the log, but of something else.
#[test]
fn an_entry_of_another_artifact_does_not_count() {
    let world = World::new();
    let mut bundle = world.sigstore.sign(&workflow(), b"a robot");
    let mut other = world.sigstore.sign(&workflow(), b"another robot");
    *entry(&mut bundle) = entry(&mut other).clone();
    let (_folder, artifact) = file(b"a robot");
    assert_eq!(reason(&world.judge(&bundle, &artifact, own())), Reason::SignatureInvalid);

    let mut bundle = world.attested(&image());
    let mut other = world.attested(&Digest::of(b"another image"));
    *entry(&mut bundle) = entry(&mut other).clone();
    let artifact = Artifact::Digest(image());
    assert_eq!(reason(&world.judge(&bundle, &artifact, own())), Reason::SignatureInvalid);
}

/// CVE-2022-36056: an entry of another signature of the same artifact.
#[test]
fn an_entry_of_another_signature_does_not_count() {
    let world = World::new();
    let mut bundle = world.attested(&image());
    let mut again = world.attested(&image());
    *entry(&mut bundle) = entry(&mut again).clone();
    let judged = world.judge(&bundle, &Artifact::Digest(image()), own());
    assert_eq!(reason(&judged), Reason::SignatureInvalid);
}

/// CVE-2026-24122: an authority whose certificate ended before it signed.
#[test]
fn an_authority_that_ran_out_vouches_for_nobody() {
    let world = World::of(TestSigstore::run_out(Duration::from_secs(3600)));
    let judged = world.judge(&world.attested(&image()), &Artifact::Digest(image()), own());
    assert_eq!(reason(&judged), Reason::SignatureInvalid);
    let detail = judged.unwrap_err().detail;
    assert!(detail.contains("authority") || detail.contains("certificate"), "{detail}");
}

#[test]
fn what_the_log_did_not_sign_does_not_count() {
    let world = World::new();
    let artifact = Artifact::Digest(image());
    let change = |change: &dyn Fn(&mut Value)| {
        let mut bundle = world.attested(&image());
        change(&mut bundle);
        reason(&world.judge(&bundle, &artifact, own()))
    };
    let changes: [&dyn Fn(&mut Value); 6] = [
        // Without the log's promise nobody says when it was signed.
        &|bundle| drop(entry(bundle).as_object_mut().unwrap().remove("inclusionPromise")),
        &|bundle| drop(entry(bundle).as_object_mut().unwrap().remove("inclusionProof")),
        &|bundle| {
            let time: u64 = entry(bundle)["integratedTime"].as_str().unwrap().parse().unwrap();
            entry(bundle)["integratedTime"] = (time + 1).to_string().into();
        },
        &|bundle| bundle["verificationMaterial"]["tlogEntries"] = json!([]),
        &|bundle| entry(bundle)["inclusionProof"]["rootHash"] = BASE64.encode(&[7; 32]).into(),
        &|bundle| bundle["dsseEnvelope"]["payload"] = BASE64.encode(b"{}").into(),
    ];
    for (index, one) in changes.iter().enumerate() {
        assert!(
            matches!(change(one), Reason::SignatureInvalid | Reason::FormatUnsupported),
            "change {index}"
        );
    }
}

/// The version is not signed: calling a bundle 0.1 must not spare it the proof.
#[test]
fn an_older_version_is_no_way_around_the_proof() {
    let world = World::new();
    let mut bundle = world.sigstore.sign(&workflow(), b"a robot");
    entry(&mut bundle).as_object_mut().unwrap().remove("inclusionProof");
    bundle["mediaType"] = "application/vnd.dev.sigstore.bundle+json;version=0.1".into();
    let rejection = Bundle::parse(bundle.to_string().as_bytes()).unwrap_err();
    assert!(rejection.detail.contains("no inclusion proof"), "{rejection:?}");
}

#[test]
fn another_instance_does_not_count() {
    let (world, other) = (World::new(), TestSigstore::new());
    let kind = robot_sigstore::COSIGN_SIGNATURE;
    let bundle = other.attest(&workflow(), &image().to_string(), kind);
    let judged = world.judge(&bundle, &Artifact::Digest(image()), own());
    assert_eq!(reason(&judged), Reason::SignatureInvalid);
}

#[test]
fn an_unknown_log_and_an_old_root_are_no_forgery() {
    let sigstore = TestSigstore::new();
    let other = TestSigstore::new();
    let kind = robot_sigstore::COSIGN_SIGNATURE;
    let bundle = sigstore.attest(&workflow(), &image().to_string(), kind);
    let mut root = sigstore.trusted_root();
    root["tlogs"] = other.trusted_root()["tlogs"].clone();
    let bundle = Bundle::parse(bundle.to_string().as_bytes()).unwrap();
    let policy = Policy::of(Signer::Identity(own()));
    let artifact = Artifact::Digest(image());
    let judge = |days: i64| {
        let now = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days);
        let judged = resting_on(&root).verify(&artifact, &bundle, &policy, now).unwrap();
        judged.unwrap_err()
    };
    assert_eq!(judge(100).reason, Reason::SignatureInvalid);
    let old = judge(130);
    assert_eq!(old.reason, Reason::RootTooOld);
    assert!(old.detail.contains("131 days old"), "{}", old.detail);
    assert!(old.hint.unwrap().contains("trusted-root"));
}

#[test]
fn the_first_that_counts_decides_and_the_others_are_told() {
    let world = World::new();
    let artifact = Artifact::Digest(image());
    let stranger = robot_testkit::TestSigner::workflow("evil/robot", "a.yml", "refs/heads/main");
    let kind = robot_sigstore::COSIGN_SIGNATURE;
    let theirs = world.sigstore.attest(&stranger, &image().to_string(), kind).to_string();
    let ours = world.attested(&image()).to_string();
    let candidates = [
        Candidate::bundle("one", b"{"),
        Candidate::bundle("two", theirs.as_bytes()),
        Candidate::bundle("three", ours.as_bytes()),
        Candidate::bundle("four", theirs.as_bytes()),
    ];
    let judgement = world.judge_all(&artifact, &candidates);
    assert_eq!(judgement.verified.unwrap().0, "three");
    let reasons: Vec<_> =
        judgement.rejected.iter().map(|(found, it)| (found.as_str(), it.reason)).collect();
    assert_eq!(reasons, [("one", Reason::SignatureInvalid), ("two", Reason::IdentityNotAllowed)]);
    let none = world.judge_all(&artifact, &candidates[..2]);
    assert!(none.verified.is_none());
}
