//! Images on another image.

use crate::world::World;
use robot_testkit::FakeRegistry;
use serde_json::{Value, json};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const DOCKER_LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";

fn descriptor(registry: &FakeRegistry, media_type: &str, content: &[u8]) -> Value {
    let digest = registry.put_blob("acme/base", content);
    json!({ "mediaType": media_type, "digest": digest, "size": content.len() })
}

/// An image with one layer for a platform; gives its digest.
fn base(registry: &FakeRegistry, architecture: &str, layer_type: &str, layers: usize) -> String {
    let diff_id = format!("sha256:{}", "7".repeat(64));
    let config = json!({
        "architecture": architecture, "os": "linux",
        "config": { "Env": ["PATH=/base/bin", "LANG=C.UTF-8"], "User": "0" },
        "rootfs": { "type": "layers", "diff_ids": vec![diff_id; layers] },
    });
    let config_type = "application/vnd.oci.image.config.v1+json";
    let config = descriptor(registry, config_type, config.to_string().as_bytes());
    let layer = descriptor(registry, layer_type, b"a layer of the base");
    let manifest =
        json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer] });
    registry.put_manifest("acme/base", None, MANIFEST, &manifest)
}

#[test]
fn an_image_has_the_layers_and_variables_of_its_base_and_can_be_verified() {
    let (world, registry) = (World::new(), FakeRegistry::start(true));
    let digest = base(&registry, "amd64", DOCKER_LAYER, 1);
    let named = format!("--base={}/acme/base@{digest}", registry.host());
    let image = format!("--image={}/acme/robot", registry.host());
    let ended = world.run("build", &[&named, &image, "--environment=LANG=C"]);
    assert_eq!(ended.code, Some(0), "{}", ended.result);
    let read = |digest: &str| -> Value {
        serde_json::from_slice(&registry.content("acme/robot", digest).unwrap()).unwrap()
    };
    let manifest = read(ended.digest());
    let layers = manifest["layers"].as_array().unwrap();
    // The base's, and the programs: the base has certificates and users of its own.
    assert_eq!(layers.len(), 2, "{manifest}");
    assert_eq!(layers[0]["mediaType"], "application/vnd.oci.image.layer.v1.tar+gzip");
    let content = registry.content("acme/robot", layers[0]["digest"].as_str().unwrap());
    assert_eq!(content.unwrap(), b"a layer of the base");
    let annotations = &manifest["annotations"];
    assert_eq!(annotations["org.opencontainers.image.base.digest"], *digest);
    let config = read(manifest["config"]["digest"].as_str().unwrap());
    assert_eq!(config["config"]["Env"], json!(["PATH=/base/bin", "LANG=C"]));
    assert_eq!(config["config"]["User"], "65532:65532");
    assert_eq!(config["rootfs"]["diff_ids"][0], format!("sha256:{}", "7".repeat(64)));
    // Of the same registry, the base's layer was not sent again.
    let requests = registry.take_requests();
    let count = |start: &str| requests.iter().filter(|one| one.starts_with(start)).count();
    assert!(
        count("PUT /v2/acme/robot/blobs/") < count("POST /v2/acme/robot/blobs/"),
        "{requests:?}"
    );
    let verified = world.run("verify", &[]);
    assert_eq!(verified.code, Some(0), "{}", verified.result);
}

#[test]
fn a_base_without_a_digest_or_of_another_platform_is_refused() {
    let (world, registry) = (World::new(), FakeRegistry::start(true));
    let name = format!("{}/acme/base", registry.host());
    let amd64 = base(&registry, "amd64", DOCKER_LAYER, 1);
    let arm64 = base(&registry, "arm64", DOCKER_LAYER, 1);
    let other = base(&registry, "amd64", "application/x-layer", 1);
    let torn = base(&registry, "amd64", DOCKER_LAYER, 2);
    for (reference, said) in [
        (name.clone(), "has no digest"),
        (format!("{name}:v1"), "a tag can be moved"),
        (format!("{name}@{arm64}"), "it is for linux/arm64"),
        (format!("{name}@{other}"), "layers of type application/x-layer"),
        (format!("{name}@{torn}"), "1 layers, its configuration names 2"),
    ] {
        let ended = world.run("build", &[&format!("--base={reference}")]);
        assert_eq!(ended.code, Some(2), "{}", ended.result);
        assert!(ended.result.to_string().contains(said), "{said}: {}", ended.result);
    }
    registry.fail("GET", "/blobs/", robot_testkit::RegistryFault::WrongBytes);
    let ended = world.run("build", &[&format!("--base={name}@{amd64}")]);
    assert_eq!(ended.code, Some(3), "{}", ended.result);
    let absent = format!("--base={name}@sha256:{}", "0".repeat(64));
    assert_eq!(world.run("build", &[&absent]).code, Some(3));
}
