//! Images of a registry, as a job verifies them.

use crate::world::{Attach, World, digest_of};
use robot_testkit::{FakeGitHub, Fault, RegistryFault, TestSigner, TestSigstore, cosign_recorded};
use serde_json::json;

const PROVENANCE: &str = "https://slsa.dev/provenance/v1";

fn own() -> TestSigner {
    TestSigner::workflow("acme/robot", "release.yml", "refs/heads/main")
}

#[test]
fn an_image_alone_means_signed_by_a_workflow_of_this_repository() {
    for attach in [Attach::Referrer, Attach::FallbackTag, Attach::SigTag] {
        let world = World::new(attach);
        let image = world.push("robot", "v1");
        world.attach(&image, &own());
        let result = world.verify(&["--image", &world.reference("robot:v1")], 0);
        let outputs = &result["outputs"];
        assert_eq!(outputs["digest"], *image, "{attach:?}: {result}");
        assert_eq!(outputs["image"], format!("{}/acme/robot@{image}", world.registry.host()));
        assert_eq!(outputs["source-repository"], "https://github.com/acme/robot");
        assert_eq!(outputs["issuer"], "https://token.actions.githubusercontent.com");
        let left = world.evidence().unwrap();
        assert_eq!(left["value"]["digest"], *image);
        assert_eq!(left["value"]["source-commit"], "1".repeat(40));
    }
}

#[test]
fn each_cause_is_told_apart_and_has_its_next_step() {
    // Nothing is there.
    let world = World::new(Attach::Referrer);
    world.push("robot", "v1");
    let image = world.reference("robot:v1");
    let ask = ["--image", &image];
    let result = world.verify(&ask, 10);
    assert_eq!(result["cause"], "unsigned", "{result}");
    assert!(world.evidence().is_none());

    // Somebody else has signed: the report compares.
    let digest = world.registry.tag("acme/robot", "v1").unwrap();
    world.attach(&digest, &TestSigner::workflow("evil/robot", "release.yml", "refs/heads/main"));
    let result = world.verify(&ask, 10);
    assert_eq!(result["cause"], "identity-not-allowed", "{result}");
    let miss = &result["outputs"]["near-misses"][0];
    assert_eq!(miss["mismatches"][0]["claim"], "subject");
    assert_eq!(
        miss["mismatches"][1],
        json!({
            "claim": "source-repository",
            "expected": "https://github.com/acme/robot",
            "actual": "https://github.com/evil/robot",
        })
    );

    // Another instance has signed, with another log.
    let other = World::new(Attach::Referrer);
    let digest = other.push("robot", "v1");
    other.attach_by(&TestSigstore::new(), &digest, &own());
    let image = other.reference("robot:v1");
    let result = other.verify(&["--image", &image], 10);
    assert_eq!(result["cause"], "signature-invalid", "{result}");

    // A form of tomorrow.
    let digest = other.push("tomorrow", "v1");
    other.attach_bundle(
        &digest,
        br#"{"mediaType": "application/vnd.dev.sigstore.bundle.v0.9+json"}"#,
    );
    let result = other.verify(&["--image", &other.reference("tomorrow:v1")], 11);
    assert_eq!(result["cause"], "format-unsupported", "{result}");

    // The registry breaks down, or does not let us in.
    for (status, code) in [(401, "UNAUTHORIZED"), (403, "DENIED"), (404, "MANIFEST_UNKNOWN")] {
        other.registry.fail("GET", "/manifests/v1", RegistryFault::Answer(status, vec![], code));
        let result = other.verify(&["--image", &image, "--patience=0"], 3);
        assert_eq!(result["cause"], "registry-error", "{status}: {result}");
        assert!(!result["failure"]["hints"].as_array().unwrap().is_empty(), "{result}");
    }
    other.registry.fail("GET", "/referrers/", RegistryFault::Answer(403, vec![], "DENIED"));
    let result = other.verify(&["--image", &image], 3);
    assert_eq!(result["cause"], "registry-error", "{result}");
    other.registry.fail("GET", "/blobs/", RegistryFault::WrongBytes);
    let result = other.verify(&["--image", &image], 11);
    assert_eq!(result["cause"], "format-unsupported", "{result}");
}

#[test]
fn a_registry_that_fails_is_never_green() {
    let world = World::new(Attach::Referrer);
    let digest = world.push("robot", "v1");
    world.attach(&digest, &own());
    let image = world.reference("robot:v1");
    let ask = ["--image", &image, "--patience=0"];
    let faults = || {
        [
            RegistryFault::Answer(429, vec![("Retry-After", "600".to_owned())], "TOOMANYREQUESTS"),
            RegistryFault::Answer(500, vec![], "UNKNOWN"),
            RegistryFault::Answer(503, vec![("Retry-After", "600".to_owned())], "UNAVAILABLE"),
            RegistryFault::Reset,
            RegistryFault::Huge(20 << 20),
            RegistryFault::WrongBytes,
        ]
    };
    for path in ["/manifests/v1", "/referrers/", "/manifests/sha256:", "/blobs/"] {
        for fault in faults() {
            let what = format!("{path}: {fault:?}");
            // Enough for each attempt.
            (0..4).for_each(|_| world.registry.fail("GET", path, fault.clone()));
            let (code, result) = world.end(&ask);
            assert!(matches!(code, Some(3 | 11)), "{what}: {code:?}: {result}");
            assert_ne!(result["verdict"], "pass", "{what}");
            assert!(world.evidence().is_none(), "{what}");
            world.registry.forgive();
        }
    }
    assert_eq!(world.verify(&ask, 0)["outputs"]["digest"], *digest);
}

#[test]
fn a_report_tells_and_does_not_fail_and_leaves_no_evidence() {
    let world = World::new(Attach::Referrer);
    world.push("robot", "v1");
    let result = world.verify(&["--image", &world.reference("robot:v1"), "--mode=report"], 0);
    assert_eq!((&result["verdict"], &result["cause"]), (&json!("warn"), &json!("unsigned")));
    assert!(world.evidence().is_none());
}

#[test]
fn an_index_is_verified_with_the_image_of_a_platform() {
    let world = World::new(Attach::Referrer);
    let (index, [amd, arm]) = world.push_index("robot", "v1");
    let image = world.reference("robot:v1");
    let ask = ["--image", &image, "--platform=linux/arm64"];
    assert_eq!(world.verify(&ask, 10)["cause"], "unsigned");

    // Only the other platform's image is signed.
    world.attach(&amd, &own());
    assert_eq!(world.verify(&ask, 10)["cause"], "unsigned");
    // Only this one's: it is what counts, not the index.
    world.attach(&arm, &own());
    let result = world.verify(&ask, 0);
    assert_eq!(result["outputs"]["digest"], *arm, "{result}");
    // The index, which names it by its digest.
    world.attach(&index, &own());
    let result = world.verify(&ask, 0);
    assert_eq!(result["outputs"]["digest"], *index);
    assert_eq!(result["outputs"]["platform-digest"], *arm);
    let left = world.evidence().unwrap();
    assert_eq!(left["value"]["platform-digest"], *arm);
}

#[test]
fn an_index_of_docker_github_builder_counts_when_all_its_images_are_attested() {
    const BUILDER: &str =
        "https://github.com/docker/github-builder/.github/workflows/build.yml@refs/tags/v1.2.0";
    let builder = TestSigner::called(BUILDER, "acme/robot", "refs/heads/main");
    let world = World::new(Attach::Referrer);
    let (index, [first, second]) = world.push_attested_index("v1", true);
    let image = world.reference("robot:v1");
    let ask = ["--image", &image, "--signed-by=github-builder"];
    assert_eq!(world.verify(&ask, 10)["cause"], "unsigned");
    // One of two is not enough for the index, and enough for its own platform.
    world.attach(&first, &builder);
    assert_eq!(world.verify(&ask, 10)["verdict"], "fail");
    assert!(world.evidence().is_none());
    let own = [&ask[..], &["--platform=linux/amd64"]].concat();
    let result = world.verify(&own, 0);
    assert_eq!(result["outputs"]["digest"], result["outputs"]["platform-digest"]);
    assert_eq!(
        world.verify(&[&ask[..], &["--platform=linux/arm64"]].concat(), 10)["verdict"],
        "fail"
    );
    world.attach(&second, &builder);
    let result = world.verify(&ask, 0);
    assert_eq!(result["outputs"]["digest"], *index, "{result}");
    assert_eq!(world.evidence().unwrap()["value"]["digest"], *index);
    // A runtime would start an image that only says that it is no image.
    world.push_disguised(&index, "evil");
    let evil = world.reference("robot:evil");
    assert_eq!(world.verify(&["--image", &evil, ask[2]], 10)["verdict"], "fail");
    // By another signer they do not count.
    let result = world.verify(&["--image", &image], 10);
    assert_eq!(result["cause"], "identity-not-allowed", "{result}");
    // Nor where the signed provenance is about something else.
    let world = World::new(Attach::Referrer);
    let (_, attestations) = world.push_attested_index("v1", false);
    for attestation in attestations {
        world.attach(&attestation, &builder);
    }
    let image = world.reference("robot:v1");
    let result = world.verify(&["--image", &image, "--signed-by=github-builder"], 10);
    assert_eq!(result["cause"], "signature-invalid", "{result}");
    assert!(result["outputs"]["digest"].is_null());
}

#[test]
fn presets_and_claims_narrow_who_may_have_signed() {
    let world = World::new(Attach::Referrer);
    let digest = world.push("robot", "v1");
    let image = world.reference("robot:v1");
    let ask = |more: &[&str], code: i32| {
        world.verify(&[["--image", image.as_str()].as_slice(), more].concat(), code)
    };
    let builder =
        "https://github.com/docker/github-builder/.github/workflows/build.yml@refs/tags/v1";
    world.attach_as(
        &digest,
        &TestSigner::called(builder, "acme/robot", "refs/heads/main"),
        PROVENANCE,
    );
    assert_eq!(ask(&[], 10)["cause"], "identity-not-allowed");
    ask(&["--signed-by=github-builder"], 0);
    let exact = ["--certificate-identity", builder];
    let refused = ask(&exact, 10);
    assert!(refused.to_string().contains("is a reusable workflow"), "{refused}");
    ask(&[&exact[..], &["--source-repository=acme/robot"]].concat(), 0);
    ask(&[&exact[..], &["--source-repository=evil/robot"]].concat(), 10);

    let digest = world.push("other", "v1");
    let image = world.reference("other:v1");
    let ask = |more: &[&str], code: i32| {
        world.verify(&[["--image", image.as_str()].as_slice(), more].concat(), code)
    };
    world.attach(&digest, &own());
    ask(&["--workflow=.github/workflows/release.yml", "--trigger=push,release"], 0);
    ask(&["--workflow=.github/workflows/other.yml"], 10);
    ask(&["--trigger=release"], 10);
    ask(&["--runner-environment=github-hosted", "--source-ref=refs/heads/*"], 0);
    ask(&["--runner-environment=self-hosted"], 10);
    ask(&["--source-ref=refs/tags/**"], 10);
    // A signature is no provenance.
    ask(&["--signed-by=attest"], 10);
    world.attach_as(&digest, &own(), PROVENANCE);
    ask(&["--signed-by=attest"], 0);
    let pattern = r"--certificate-identity-regexp=https://github\.com/acme/robot/.*";
    ask(&[pattern], 0);
}

#[test]
fn settings_that_would_let_anybody_sign_are_refused() {
    let world = World::new(Attach::Referrer);
    let digest = digest_of(b"x");
    let ask = |more: &[&str], told: &str| {
        let ask = [["--digest", digest.as_str(), "--look-in=github"].as_slice(), more].concat();
        let result = world.verify(&ask, 2);
        assert!(result["failure"].to_string().contains(told), "{more:?}: {result}");
    };
    ask(&["--certificate-identity-regexp=.*"], "matches any identity");
    ask(&[r"--certificate-identity-regexp=https://github\.com/.*"], "matches any identity");
    ask(
        &["--certificate-oidc-issuer=https://accounts.google.com"],
        "an issuer without an identity",
    );
    ask(&["--transparency-log=ignore"], "only allowed with `key`");
    ask(&["--source-repository=robot"], "owner/name");
    ask(&["--certificate-identity=a", "--certificate-identity-regexp=a"], "set only one of");
}

#[test]
fn a_file_counts_with_a_bundle_beside_it() {
    let world = World::new(Attach::Referrer);
    world.write("robot.bin", b"a robot");
    let bundle = world.sigstore.sign(&own(), b"a robot").to_string();
    let other = world.sigstore.sign(&own(), b"another robot").to_string();
    world.write("robot.sigstore.json", bundle.as_bytes());
    world.write("all.jsonl", format!("{other}\n{bundle}\n").as_bytes());
    for bundles in ["robot.sigstore.json", "all.jsonl"] {
        let result = world.verify(&["--file=robot.bin", "--bundles", bundles], 0);
        assert_eq!(result["outputs"]["digest"], *digest_of(b"a robot"), "{result}");
    }
    world.write("robot.bin", b"a changed robot");
    let result = world.verify(&["--file=robot.bin", "--bundles=robot.sigstore.json"], 10);
    assert_eq!(result["cause"], "signature-invalid");
}

/// A registry that has no room for referrers, and one client that wrote an index with wrong types.
#[test]
fn lists_under_a_tag_are_not_believed() {
    let world = World::new(Attach::FallbackTag);
    let image = world.push("robot", "v1");
    world.attach(&image, &own());
    let list = world.registry.tag("acme/robot", &image.replace(':', "-")).unwrap();
    let list = String::from_utf8(world.registry.content("acme/robot", &list).unwrap()).unwrap();
    assert!(list.contains("application/vnd.oci.empty.v1+json"), "{list}");
    let result = world.verify(&["--image", &world.reference("robot:v1")], 0);
    assert_eq!(result["verdict"], "pass");
}

/// Images that the real cosign signed, from a registry as it was afterwards.
#[test]
fn cosigns_signatures_with_a_key_count_for_that_key_alone() {
    let world = World::new(Attach::FallbackTag);
    world.load(&cosign_recorded("registry.json"));
    let key = cosign_recorded("cosign.pub").display().to_string();
    for tag in ["robot:image", "robot:legacy"] {
        let image = world.reference(tag);
        let ask = ["--image", &image, "--key", &key];
        let result = world.verify(&[&ask[..], &["--transparency-log=ignore"]].concat(), 0);
        assert!(result["outputs"]["key"].as_str().unwrap().len() == 64, "{result}");
        let logged = world.verify(&ask, 10);
        assert_eq!(logged["cause"], "signature-invalid", "{logged}");
        assert_eq!(world.verify(&["--image", &image], 10)["cause"], "identity-not-allowed");
    }
}

#[test]
fn an_attestation_that_github_keeps_counts() {
    let github = FakeGitHub::start(100);
    let world = World::new(Attach::Referrer).with_github(github.url());
    let image = world.push("robot", "v1");
    let reference = world.reference("robot:v1");
    let ask = ["--image", &reference, "--look-in=registry,github"];
    assert_eq!(world.verify(&ask, 10)["cause"], "unsigned");
    github.attestation(&image, &world.sigstore.attest(&own(), &image, PROVENANCE));
    let result = world.verify(&ask, 0);
    assert_eq!(result["outputs"]["predicate-type"], PROVENANCE);
    assert_eq!(result["outputs"]["digest"], *image);

    // Nobody but GitHub is asked about a digest.
    let digest = ["--digest", &image, "--look-in=github"];
    assert_eq!(world.verify(&digest, 0)["outputs"]["digest"], *image);
    let message = "Resource not accessible by integration";
    github.fail("GET", "", Fault::Answer(403, Vec::new(), message));
    let result = world.verify(&digest, 3);
    assert_eq!(result["cause"], "registry-error");
    assert!(result["failure"]["hints"].to_string().contains("attestations: read"), "{result}");
}
