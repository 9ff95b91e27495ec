//! Who may have signed.

use crate::world::{MAIN, World, image, own, reason, source, workflow};
use robot_sigstore::{
    Artifact, COSIGN_SIGNATURE, Claim, GITHUB_ISSUER, Identity, Pattern, Policy, Preset, Reason,
    Rule, SLSA_PROVENANCE, Signer,
};
use robot_testkit::TestSigner;

const BUILDER: &str =
    "https://github.com/docker/github-builder/.github/workflows/build.yml@refs/tags/v1";

#[test]
fn a_workflow_of_the_repository_on_its_default_branch_or_a_tag_counts() {
    let world = World::new();
    let artifact = Artifact::Digest(image());
    let judge = |signer: &TestSigner| {
        let bundle = world.sigstore.attest(signer, &image().to_string(), COSIGN_SIGNATURE);
        world.judge(&bundle, &artifact, own())
    };
    let verified = judge(&workflow()).unwrap();
    let claims = verified.claims.unwrap();
    assert_eq!(claims.get(Claim::SourceRepository), Some("https://github.com/acme/robot"));
    assert_eq!(claims.get(Claim::Issuer), Some(GITHUB_ISSUER));
    assert_eq!(verified.digest, image());
    assert!(verified.is_logged && verified.signed_at.is_some());
    assert!(judge(&TestSigner::workflow("acme/robot", "release.yml", "refs/tags/v1.2.3")).is_ok());

    for other in [
        TestSigner::workflow("acme/robot", "release.yml", "refs/heads/change"),
        TestSigner::workflow("acme/robot", "release.yml", "refs/pull/7/merge"),
        TestSigner::workflow("acme/robot-evil", "release.yml", MAIN),
        TestSigner::workflow("evil/robot", "release.yml", MAIN),
        TestSigner::workflow("acme/robot", "release.yml", MAIN)
            .with(8, "https://accounts.google.com"),
        TestSigner::workflow("acme/robot", "release.yml", MAIN)
            .with(12, "https://github.com/evil/x"),
    ] {
        let judged = judge(&other);
        assert!(
            matches!(reason(&judged), Reason::IdentityNotAllowed | Reason::SignatureInvalid),
            "{other:?}: {judged:?}"
        );
    }
}

#[test]
fn a_near_miss_says_which_claim_is_another() {
    let world = World::new();
    let signer = TestSigner::workflow("acme/robot", "release.yml", "refs/heads/change");
    let bundle = world.sigstore.attest(&signer, &image().to_string(), COSIGN_SIGNATURE);
    let rejection = world.judge(&bundle, &Artifact::Digest(image()), own()).unwrap_err();
    assert_eq!(rejection.reason, Reason::IdentityNotAllowed);
    let claims: Vec<&str> = rejection.mismatches.iter().map(|it| it.claim.as_str()).collect();
    assert_eq!(claims, ["subject", "source-ref"]);
    assert_eq!(rejection.mismatches[1].actual.as_deref(), Some("refs/heads/change"));
    assert!(rejection.mismatches[1].expected.contains(MAIN));
}

#[test]
fn a_reusable_workflow_counts_only_with_the_repository_that_called_it() {
    let world = World::new();
    let artifact = Artifact::Digest(image());
    let by = |repository: &str| {
        let signer = TestSigner::called(BUILDER, repository, MAIN);
        world.sigstore.attest(&signer, &image().to_string(), SLSA_PROVENANCE)
    };
    let address = Identity::exact(BUILDER, GITHUB_ISSUER);
    let rejection = world.judge(&by("acme/robot"), &artifact, address.clone()).unwrap_err();
    assert_eq!(rejection.reason, Reason::IdentityNotAllowed);
    assert!(rejection.detail.contains("is a reusable workflow"), "{rejection:?}");
    assert!(rejection.hint.unwrap().contains("source-repository: acme/robot"));

    let rule = Rule::Exact("https://github.com/acme/robot".to_owned());
    let called = address.and(Claim::SourceRepository, rule);
    assert!(world.judge(&by("acme/robot"), &artifact, called.clone()).is_ok());
    assert_eq!(
        reason(&world.judge(&by("evil/robot"), &artifact, called)),
        Reason::IdentityNotAllowed
    );
    let builder = Preset::DockerGitHubBuilder.identity(&source()).unwrap();
    assert!(world.judge(&by("acme/robot"), &artifact, builder.clone()).is_ok());
    assert_eq!(
        reason(&world.judge(&by("evil/robot"), &artifact, builder)),
        Reason::IdentityNotAllowed
    );
}

#[test]
fn the_release_workflow_counts_at_a_version_and_for_its_caller() {
    let world = World::new();
    let artifact = Artifact::Digest(image());
    let release = Preset::RobotRelease.identity(&source()).unwrap();
    let judge = |git_ref: &str, repository: &str| {
        let workflow = "https://github.com/org/robot-actions/.github/workflows/robot-release.yml";
        let signer = TestSigner::called(&format!("{workflow}@{git_ref}"), repository, MAIN);
        let bundle = world.sigstore.attest(&signer, &image().to_string(), SLSA_PROVENANCE);
        world.judge(&bundle, &artifact, release.clone()).is_ok()
    };
    assert!(judge("refs/tags/v1", "acme/robot"));
    assert!(judge("refs/heads/releases/v1", "acme/robot"));
    assert!(!judge("refs/tags/v1", "evil/robot"));
    assert!(!judge("refs/heads/main", "acme/robot"));
    assert!(!judge("refs/pull/7/merge", "acme/robot"));
    assert!(!judge(&"a".repeat(40), "acme/robot"));
}

#[test]
fn a_pattern_of_an_identity_fits_it_as_a_whole() {
    let world = World::new();
    let bundle = world.attested(&image());
    let judge = |pattern: &str| {
        let subject = Rule::Pattern(Pattern::new(pattern).unwrap());
        let identity = Identity { subject, ..Identity::exact("", GITHUB_ISSUER) };
        world.judge(&bundle, &Artifact::Digest(image()), identity).is_ok()
    };
    assert!(judge(r"https://github\.com/acme/robot/.*"));
    assert!(!judge(r"acme/robot"));
    assert!(!judge(r"https://github\.com/acme/robot"));
}

#[test]
fn attestations_count_by_their_type() {
    let world = World::new();
    let artifact = Artifact::Digest(image());
    let mut policy = Policy::of(Signer::Identity(own()));
    policy.predicate_types = vec![SLSA_PROVENANCE.to_owned()];
    let attest = |kind: &str| world.sigstore.attest(&workflow(), &image().to_string(), kind);
    let provenance = world.judge_by(&attest(SLSA_PROVENANCE), &artifact, &policy).unwrap();
    assert_eq!(provenance.predicate_type.as_deref(), Some(SLSA_PROVENANCE));
    let other = world.judge_by(&attest("https://example.com/failed-tests"), &artifact, &policy);
    assert_eq!(reason(&other), Reason::IdentityNotAllowed);
    assert_eq!(other.unwrap_err().mismatches[0].claim, "predicate-type");
}

#[test]
fn certificates_that_say_a_thing_twice_or_unclearly_are_refused() {
    let world = World::new();
    let issuer = b"\x0c\x19https://issuer.example.com".as_slice();
    for (signer, what) in [
        (workflow().with_raw(12, b"\x0c\x01a"), "twice"),
        (workflow().with_raw(8, issuer), "twice"),
        (workflow().with_raw(16, b"\x0c\x01ab"), "no text"),
        (workflow().with_raw(16, b"\x04\x01a"), "no text"),
    ] {
        let bundle = world.sigstore.attest(&signer, &image().to_string(), COSIGN_SIGNATURE);
        let judged = world.judge(&bundle, &Artifact::Digest(image()), own());
        assert_eq!(reason(&judged), Reason::SignatureInvalid, "{signer:?}");
        let detail = judged.unwrap_err().detail;
        assert!(detail.contains(what), "{detail}");
    }
}
