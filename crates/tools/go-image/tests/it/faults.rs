//! A registry that fails while an image is pushed: no tag points to half of an image.

use crate::world::{Ended, World};
use robot_testkit::{FakeRegistry, RegistryFault};
use serde_json::Value;

/// Whether everything that the tag names is in the registry.
fn is_whole(registry: &FakeRegistry, digest: &str) -> bool {
    let Some(bytes) = registry.content("acme/robot", digest) else { return false };
    let manifest: Value = serde_json::from_slice(&bytes).unwrap();
    let list = |key: &str| manifest[key].as_array().cloned().unwrap_or_default();
    let digest = |part: &Value| part["digest"].as_str().unwrap().to_owned();
    let children = list("manifests");
    let mut blobs = list("layers");
    blobs.extend(manifest.get("config").cloned());
    children.iter().all(|child| is_whole(registry, &digest(child)))
        && blobs.iter().all(|blob| registry.content("acme/robot", &digest(blob)).is_some())
}

fn build(world: &World, registry: &FakeRegistry) -> Ended {
    let image = format!("--image={}/acme/robot", registry.host());
    world.run("build", &[&image, "--image-tags=v1", "--registry-username=robot"])
}

#[test]
fn a_fault_ends_in_a_whole_image_or_in_no_tag() {
    let mut world = World::new();
    world.runner = world.runner.set("REGISTRY_PASSWORD", "hunter2");
    let answer = |status: u16, wait: &str| {
        let headers = vec![("Retry-After", wait.to_owned())];
        RegistryFault::Answer(status, headers, "UNKNOWN")
    };
    let places = [
        ("HEAD", "/blobs/"),
        ("POST", "/blobs/uploads/"),
        ("PATCH", "/blobs/uploads/"),
        ("PUT", "/blobs/uploads/"),
        ("PUT", "/manifests/sha256:"),
        ("PUT", "/manifests/v1"),
    ];
    for (method, path) in places {
        let faults = [
            answer(401, "0"),
            answer(429, "0"),
            answer(503, "0"),
            answer(403, "0"),
            RegistryFault::Reset,
        ];
        for fault in faults {
            let what = format!("{method} {path}: {fault:?}");
            let registry = FakeRegistry::start(true);
            registry.require_token("robot", "hunter2");
            registry.fail(method, path, fault);
            let ended = build(&world, &registry);
            match registry.tag("acme/robot", "v1") {
                Some(digest) => {
                    assert_eq!((ended.code, ended.digest()), (Some(0), &*digest), "{what}");
                    assert!(is_whole(&registry, &digest), "{what}");
                }
                None => assert_eq!(ended.code, Some(3), "{what}: {}", ended.result),
            }
            assert!(!ended.result.to_string().contains("hunter2"), "{what}");
        }
    }
}

#[test]
fn a_token_that_runs_out_during_a_push_is_asked_for_again() {
    let mut world = World::new();
    world.runner = world.runner.set("REGISTRY_PASSWORD", "hunter2");
    let registry = FakeRegistry::start(true);
    registry.require_token("robot", "hunter2");
    registry.fail("POST", "/blobs/uploads/", RegistryFault::Expires);
    registry.fail("PUT", "/manifests/sha256:", RegistryFault::Expires);
    let ended = build(&world, &registry);
    assert_eq!(ended.code, Some(0), "{}", ended.result);
    assert_eq!(registry.tokens_given().len(), 3, "{:?}", registry.tokens_given());
    assert!(is_whole(&registry, ended.digest()));
}

#[test]
fn a_registry_that_keeps_other_bytes_than_were_sent_gets_no_tag() {
    let world = World::new();
    let registry = FakeRegistry::start(true);
    // The registry compares what it got with the digest, and refuses.
    for _ in 0..20 {
        let refused = RegistryFault::Answer(400, Vec::new(), "DIGEST_INVALID");
        registry.fail("PUT", "/blobs/uploads/", refused);
    }
    let image = format!("--image={}/acme/robot", registry.host());
    let ended = world.run("build", &[&image, "--image-tags=v1"]);
    assert_eq!(ended.code, Some(3), "{}", ended.result);
    assert!(registry.tags("acme/robot").is_empty());
}
