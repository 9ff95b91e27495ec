//! Real peers: a registry, and a reader of images.

use crate::world::World;
use robot_process::Cancellation;
use robot_testkit::{RealRegistry, scrubbed, tool};

fn crane(arguments: &[&str]) -> String {
    let command = scrubbed(tool("ROBOT_TEST_CRANE")).args(arguments.iter().copied());
    let ended = command.run(&Cancellation::default()).unwrap();
    let ended = ended.require_success(&command).unwrap_or_else(|error| panic!("{error}"));
    String::from_utf8_lossy(&ended.stdout).into_owned()
}

#[test]
fn others_read_what_was_pushed_to_a_real_registry() {
    let (world, registry) = (World::new(), RealRegistry::start());
    let image = format!("{}/acme/robot", registry.host());
    let archive = world.runner.path("image.tar");
    let ended = world.run(
        "build",
        &[&format!("--image={image}"), "--image-tags=v1", "--platforms=linux/amd64,linux/arm64"],
    );
    assert_eq!(ended.code, Some(0), "{}", ended.result);
    let reference = format!("{image}@{}", ended.digest());
    assert_eq!(crane(&["digest", &format!("{image}:v1")]).trim(), ended.digest());
    for platform in ["linux/amd64", "linux/arm64"] {
        let platform = format!("--platform={platform}");
        crane(&["validate", &platform, "--remote", &reference]);
        let names = crane(&["export", &platform, &reference, archive.to_str().unwrap()]);
        assert_eq!(names, "");
        let mut content = tar::Archive::new(std::fs::File::open(&archive).unwrap());
        let mut names = content
            .entries()
            .unwrap()
            .map(|entry| entry.unwrap().path().unwrap().display().to_string());
        assert!(names.any(|name| name == "usr/local/bin/robot"), "{platform}");
    }
    let layout = world.runner.path("layout");
    let one = format!("--layout={}", layout.display());
    let tarball = format!("--docker-archive={}", archive.display());
    let ended = world.run("build", &[&one, &tarball, &format!("--image={image}"), "--push=false"]);
    assert_eq!(ended.code, Some(0), "{}", ended.result);
    crane(&["validate", "--tarball", archive.to_str().unwrap()]);
}
