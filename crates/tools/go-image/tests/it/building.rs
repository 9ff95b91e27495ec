//! Images, and refusals to build one.

use crate::world::{MAIN, World, folder};
use robot_testkit::{Event, FakeRegistry, GoModule, Runner};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn blob(layout: &Path, descriptor: &Value) -> Vec<u8> {
    let hex = descriptor["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap();
    std::fs::read(layout.join("blobs/sha256").join(hex)).unwrap()
}

/// Modes, owners and content of all files of an image.
fn files(layout: &Path, manifest: &Value) -> BTreeMap<String, (u32, u64, Vec<u8>)> {
    let mut files = BTreeMap::new();
    for layer in manifest["layers"].as_array().unwrap() {
        let content = blob(layout, layer);
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&*content));
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().display().to_string();
            let header = entry.header().clone();
            assert_eq!(header.mtime().unwrap(), 0, "{path}");
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            files.insert(path, (header.mode().unwrap(), header.uid().unwrap(), content));
        }
    }
    files
}

#[test]
fn an_image_has_what_a_robot_needs_and_runs_without_root() {
    let world = World::new();
    let ended =
        world.run("build", &["--files=configs:/etc/robot", "--ldflags=-s -w -X main.x={commit}"]);
    assert_eq!(ended.code, Some(0), "{}", ended.result);
    let layout = world.layout();
    let index = json(&layout.join("index.json"));
    assert_eq!(index["manifests"][0]["digest"], ended.digest());
    let manifest: Value = serde_json::from_slice(&blob(&layout, &index["manifests"][0])).unwrap();
    let config: Value = serde_json::from_slice(&blob(&layout, &manifest["config"])).unwrap();
    assert_eq!(config["config"]["Entrypoint"][0], "/usr/local/bin/robot");
    assert_eq!(config["config"]["User"], "65532:65532");
    assert_eq!((&config["os"], &config["architecture"]), (&"linux".into(), &"amd64".into()));
    let commit = world.repository.git(&["rev-parse", "HEAD"]);
    let annotations = &manifest["annotations"];
    assert_eq!(annotations["org.opencontainers.image.revision"], commit.trim());
    assert_eq!(annotations["org.opencontainers.image.source"], "https://github.com/acme/robot");
    let files = files(&layout, &manifest);
    let mode = |path: &str| files[path].0;
    assert_eq!(
        (mode("tmp/"), mode("usr/local/bin/robot"), mode("etc/passwd")),
        (0o1777, 0o755, 0o644)
    );
    assert_eq!((mode("home/nonroot/"), files["home/nonroot/"].1), (0o700, 65532));
    assert_eq!(files["etc/robot/a.yaml"].2, b"a: 1\n");
    let certificates = &files["etc/ssl/certs/ca-certificates.crt"].2;
    assert!(String::from_utf8_lossy(certificates).contains("BEGIN CERTIFICATE"));
    let passwd = String::from_utf8_lossy(&files["etc/passwd"].2).into_owned();
    assert!(passwd.contains("\nnonroot:x:65532:65532:"), "{passwd}");
    // What is in every image: at most 300 KB.
    let metrics = ended.result["metrics"].as_array().unwrap();
    let beside = metrics.iter().find(|one| one["name"] == "image.bytes_beside_programs").unwrap();
    assert!(beside["value"].as_f64().unwrap() < 300_000.0, "{beside}");
    let sbom: Value = serde_json::from_slice(&blob(&layout, &index["manifests"][1])).unwrap();
    assert_eq!(sbom["subject"]["digest"], ended.digest());
    let spdx: Value = serde_json::from_slice(&blob(&layout, &sbom["layers"][0])).unwrap();
    assert_eq!(spdx["spdxVersion"], "SPDX-2.3");
    assert!(spdx.to_string().contains("pkg:golang/example.com/m@"));
}

#[test]
fn the_machine_does_not_change_the_digest() {
    let world = World::new();
    let first = world.run("build", &["--files=configs:/etc/robot"]);
    assert_eq!(first.code, Some(0), "{}", first.result);
    let elsewhere = folder();
    let clone = elsewhere.path().join("a/deep/clone");
    let from = format!("file://{}", world.module.path().display());
    world.repository.git(&["commit", "--quiet", "--allow-empty", "--message=x"]);
    world.repository.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    world.repository.git(&["clone", "--quiet", "--depth=1", &from, clone.to_str().unwrap()]);
    let mut runner = Runner::new(&Event::push());
    let (home, modules) = (elsewhere.path().join("home"), elsewhere.path().join("modules"));
    let variables = [("HOME", home.to_str().unwrap()), ("GOMODCACHE", modules.to_str().unwrap())];
    let more =
        [("TZ", "Asia/Tokyo"), ("GOFLAGS", "-race"), ("GOAMD64", "v3"), ("CGO_ENABLED", "1")];
    for (name, value) in variables.into_iter().chain(more) {
        runner = runner.set(name, value);
    }
    let other = World { runner, ..World::new() };
    // Another umask: files of others have other modes.
    for (path, mode) in
        [("cmd/robot/main.go", 0o600), ("configs/a.yaml", 0o600), ("configs", 0o700)]
    {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        std::fs::set_permissions(clone.join(path), mode).unwrap();
    }
    let second = other.run_in(&clone, "build", &["--files=configs:/etc/robot"]);
    assert_eq!(second.code, Some(0), "{}", second.result);
    assert_eq!(first.digest(), second.digest());
}

#[test]
fn an_image_is_pushed_with_its_list_of_modules_and_only_what_changed_is_sent_again() {
    let world = World::new();
    let registry = FakeRegistry::start(false);
    let image = format!("--image={}/acme/robot", registry.host());
    let arguments = [&*image, "--image-tags=v1,latest", "--platforms=linux/amd64,linux/arm64"];
    let first = world.run("build", &arguments);
    assert_eq!(first.code, Some(0), "{}", first.result);
    let digest = first.digest();
    assert_eq!(registry.tag("acme/robot", "v1").as_deref(), Some(digest));
    assert_eq!(registry.tag("acme/robot", "latest").as_deref(), Some(digest));
    let reference = format!("{}/acme/robot@{digest}", registry.host());
    assert_eq!(first.result["outputs"]["reference"], *reference);
    let index = registry.content("acme/robot", digest).unwrap();
    let index: Value = serde_json::from_slice(&index).unwrap();
    let platforms: Vec<&Value> = index["manifests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["platform"]["architecture"])
        .collect();
    assert_eq!(platforms, ["amd64", "arm64"]);
    let fallback = digest.replace(':', "-");
    assert!(registry.tag("acme/robot", &fallback).is_some());
    let evidence = json(&world.runner.path("temp/robot/evidence/image-built.json"));
    assert_eq!(evidence["value"]["digest"], digest);
    assert_eq!(evidence["value"]["reference"], *reference);
    let first_bytes = registry.take_received();
    std::fs::write(world.module.path().join("cmd/robot/main.go"), MAIN.replace("hello", "bye"))
        .unwrap();
    world.repository.commit("second");
    let second = world.run("build", &arguments);
    assert_ne!(second.digest(), digest);
    let second_bytes = registry.take_received();
    assert!(second_bytes + 100_000 < first_bytes, "{second_bytes} of {first_bytes}");
}

#[test]
fn no_tag_moves_when_the_registry_fails() {
    use robot_testkit::RegistryFault::{Answer, Vanishes};
    let world = World::new();
    let registry = FakeRegistry::start(true);
    let image = format!("--image={}/acme/robot", registry.host());
    let refused = |status| Answer(status, Vec::new(), "DENIED");
    registry.fail("PUT", "/manifests/sha256:", refused(403));
    let ended = world.run("build", &[&image, "--image-tags=v1"]);
    assert_eq!(ended.code, Some(3), "{}", ended.result);
    assert!(ended.result.to_string().contains("permissions: packages"), "{}", ended.result);
    assert!(registry.tags("acme/robot").is_empty());
    assert!(!world.runner.path("temp/robot/evidence/image-built.json").exists());
    registry.fail("HEAD", "/blobs/", Vanishes);
    let ended = world.run("build", &[&image, "--image-tags=v1"]);
    assert_eq!(ended.code, Some(0), "{}", ended.result);
    assert_eq!(registry.tag("acme/robot", "v1").as_deref(), Some(ended.digest()));
}

#[test]
fn a_push_that_fails_leaves_the_tags_on_the_image_before() {
    let world = World::new();
    let registry = FakeRegistry::start(true);
    let image = format!("--image={}/acme/robot", registry.host());
    let arguments = [&*image, "--image-tags=v1,latest"];
    let first = world.run("build", &arguments);
    assert_eq!(first.code, Some(0), "{}", first.result);
    let main = MAIN.replace("hello", "bye");
    std::fs::write(world.module.path().join("cmd/robot/main.go"), main).unwrap();
    world.repository.commit("second");
    let denied = robot_testkit::RegistryFault::Answer(403, Vec::new(), "DENIED");
    registry.fail("PUT", "/manifests/sha256:", denied);
    assert_eq!(world.run("build", &arguments).code, Some(3));
    for tag in ["v1", "latest"] {
        assert_eq!(registry.tag("acme/robot", tag).as_deref(), Some(first.digest()), "{tag}");
    }
    // What a registry collected as garbage since it was asked is sent again.
    registry.fail("HEAD", "/blobs/", robot_testkit::RegistryFault::Vanishes);
    let second = world.run("build", &arguments);
    assert_eq!(second.code, Some(0), "{}", second.result);
    assert_eq!(registry.tag("acme/robot", "latest").as_deref(), Some(second.digest()));
}

#[test]
fn what_would_not_run_or_could_not_be_built_again_is_refused() {
    let world = World::new();
    std::fs::write(world.module.path().join("cmd/robot/new.go"), "package main\n").unwrap();
    let ended = world.run("build", &[]);
    assert_eq!((ended.code, &ended.result["cause"]), (Some(10), &"dirty-tree".into()));
    assert!(ended.result.to_string().contains("cmd/robot/new.go"));
    assert_eq!(world.run("build", &["--allow-dirty"]).code, Some(0));
    let verified = world.run("verify", &[]);
    assert_eq!((verified.code, &verified.result["cause"]), (Some(11), &"dirty-tree".into()));

    let cgo = "package fast\n\nimport \"C\"\n\nfunc F() {}\n";
    let pure = "//go:build !cgo\n\npackage fast\n\nfunc F() {}\n";
    let main = "package main\n\nimport \"example.com/m/fast\"\n\nfunc main() { fast.F() }\n";
    let module = GoModule::new().file("fast/a.go", cgo).file("fast/b.go", pure);
    let world = World::of(module.file("cmd/robot/main.go", main));
    let ended = world.run("build", &[]);
    assert_eq!((ended.code, &ended.result["cause"]), (Some(10), &"cgo-vanished".into()));
    assert!(ended.result.to_string().contains("example.com/m/fast uses cgo"));
    let allowed = world.run("build", &["--allow-without-cgo=example.com/m/fast"]);
    assert_eq!(allowed.code, Some(0), "{}", allowed.result);

    let world = World::of(GoModule::new().file("robot/a.go", "package robot\n"));
    let ended = world.run("build", &[]);
    assert_eq!((ended.code, &ended.result["cause"]), (Some(10), &"no-programs".into()));
    let world = World::of(GoModule::new().file("main.go", "package main\n\nfunc main() { x }\n"));
    let ended = world.run("build", &[]);
    assert_eq!((ended.code, &ended.result["cause"]), (Some(10), &"build-fail".into()));
    for (arguments, said) in [
        (&["--platforms=windows/amd64"][..], "not a platform of linux"),
        (&["--image=ghcr.io/a/b:v1"], "image-tags"),
        (&["--files=a"], "SOURCE:/DESTINATION"),
        (&["--platforms=linux/amd64,linux/arm64", "--docker-archive=x"], "one platform"),
    ] {
        let ended = world.run("build", arguments);
        assert_eq!(ended.code, Some(2), "{}", ended.result);
        assert!(ended.result.to_string().contains(said), "{}", ended.result);
    }
}

#[test]
fn a_second_build_elsewhere_is_the_same_or_the_difference_is_named() {
    let world = World::new();
    let built = world.run("build", &[]);
    assert_eq!(built.code, Some(0), "{}", built.result);
    let verified = world.run("verify", &[]);
    assert_eq!(verified.code, Some(0), "{}", verified.result);
    assert_eq!(verified.result["outputs"]["rebuilt-digest"], built.digest());
    // As if the first build had been another.
    let path = world.runner.path("temp/robot/evidence/image-built.json");
    let mut evidence = json(&path);
    let program = &mut evidence["value"]["platforms"][0]["programs"][0];
    program["sha256"] = "0".into();
    program["settings"]["GOAMD64"] = "v3".into();
    evidence["value"]["digest"] = format!("sha256:{}", "0".repeat(64)).into();
    evidence["value"]["platforms"][0]["digest"] = "other".into();
    std::fs::write(&path, evidence.to_string()).unwrap();
    let verified = world.run("verify", &[]);
    assert_eq!((verified.code, &verified.result["cause"]), (Some(10), &"differs".into()));
    let headline = verified.result["report"]["headline"].as_str().unwrap();
    assert!(headline.contains("GOAMD64 of /usr/local/bin/robot"), "{headline}");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(world.run("verify", &[]).code, Some(11));
}

#[test]
fn docker_load_takes_the_archive() {
    let world = World::new();
    let archive = world.runner.path("image.tar");
    let argument = format!("--docker-archive={}", archive.display());
    let ended = world.run("build", &[&argument, "--image=ghcr.io/acme/robot", "--push=false"]);
    assert_eq!(ended.code, Some(0), "{}", ended.result);
    let mut archive = tar::Archive::new(std::fs::File::open(archive).unwrap());
    let mut names = Vec::new();
    let mut manifest = Value::Null;
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().display().to_string();
        if name == "manifest.json" {
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            manifest = serde_json::from_str(&text).unwrap();
        }
        names.push(name);
    }
    let tag = manifest[0]["RepoTags"][0].as_str().unwrap();
    assert!(tag.starts_with("ghcr.io/acme/robot:sha-"), "{tag}");
    let layers = manifest[0]["Layers"].as_array().unwrap();
    let named = layers.iter().chain([&manifest[0]["Config"]]);
    for name in named {
        assert!(names.iter().any(|known| name == known), "{name} of {names:?}");
    }
}

#[test]
fn of_several_programs_the_one_with_the_modules_name_is_started() {
    let world = World::of(GoModule::new().file("cmd/m/main.go", MAIN).file("cmd/x/main.go", MAIN));
    let ended = world.run("build", &[]);
    assert_eq!(ended.code, Some(0), "{}", ended.result);
    let layout = world.layout();
    let index = json(&layout.join("index.json"));
    let manifest: Value = serde_json::from_slice(&blob(&layout, &index["manifests"][0])).unwrap();
    let config: Value = serde_json::from_slice(&blob(&layout, &manifest["config"])).unwrap();
    assert_eq!(config["config"]["Entrypoint"][0], "/usr/local/bin/m");
    let files = files(&layout, &manifest);
    assert!(files.contains_key("usr/local/bin/x"), "{:?}", files.keys());
    let ended = world.run("build", &["--entrypoint=y"]);
    assert_eq!((ended.code, &ended.result["cause"]), (Some(10), &"no-programs".into()));
    assert!(ended.result.to_string().contains("set `entrypoint` to one of m, x"));
}

#[test]
fn a_vendor_folder_that_go_mod_contradicts_is_refused() {
    let module = GoModule::new()
        .file("go.mod", "module example.com/m\n\ngo 1.19\n\nrequire example.com/a v1.0.0\n")
        .file("vendor/modules.txt", "# example.com/a v1.1.0\n## explicit\nexample.com/a\n")
        .file("vendor/example.com/a/a.go", "package a\n")
        .file("main.go", "package main\n\nimport _ \"example.com/a\"\n\nfunc main() {}\n");
    let world = World::of(module);
    let ended = world.run("build", &[]);
    assert_eq!((ended.code, &ended.result["cause"]), (Some(10), &"build-fail".into()));
    assert!(ended.result.to_string().contains("inconsistent vendoring"), "{}", ended.result);
}
