//! The real cosign, which takes ten minutes to build: `cargo xtask slow` runs this test. What it wrote once is in
//! `crates/testkit/sigstore/cosign-3.1.3`.

use crate::world::{Attach, World};
use robot_process::{Cancellation, Command};
use robot_testkit::{scrubbed, tool};

/// cosign in the folder of the job, without a log.
fn cosign(world: &World, arguments: &[&str]) -> Command {
    let command = scrubbed(tool("ROBOT_TEST_COSIGN")).args(arguments);
    command.env("COSIGN_PASSWORD", "").current_directory(world.folder())
}

fn succeeds(command: &Command) {
    let ended = command.run(&Cancellation::default()).unwrap();
    assert!(ended.success(), "{command}\n{}", String::from_utf8_lossy(&ended.stderr));
}

#[test]
#[ignore = "slow: cargo xtask slow"]
fn signatures_of_cosign_are_accepted_as_it_accepts_them() {
    const SIGN: [&str; 4] =
        ["--yes", "--key=cosign.key", "--tlog-upload=false", "--use-signing-config=false"];
    for attach in [Attach::Referrer, Attach::FallbackTag] {
        let world = World::new(attach);
        succeeds(&cosign(&world, &["generate-key-pair"]));
        world.write("robot.bin", b"a robot");
        let blob = ["sign-blob", "--bundle=robot.sigstore.json", "robot.bin"];
        succeeds(&cosign(&world, &[&blob[..], &SIGN].concat()));
        let key = ["--key=cosign.pub", "--transparency-log=ignore"];
        let file = ["--file=robot.bin", "--bundles=robot.sigstore.json"];
        world.verify(&[&file[..], &key].concat(), 0);

        let digest = world.push("robot", "v1");
        let image = world.reference("robot:v1");
        let ask = [&["--image", image.as_str()][..], &key].concat();
        assert_eq!(world.verify(&ask, 10)["cause"], "unsigned");
        let pinned = format!("{}/acme/robot@{digest}", world.registry.host());
        succeeds(&cosign(&world, &[&["sign", &pinned][..], &SIGN].concat()));
        assert_eq!(world.verify(&ask, 0)["outputs"]["digest"], *digest);

        let digest = world.push("other", "v1");
        let image = world.reference("other:v1");
        let pinned = format!("{}/acme/other@{digest}", world.registry.host());
        let older = ["sign", &pinned, "--new-bundle-format=false"];
        succeeds(&cosign(&world, &[&older[..], &SIGN].concat()));
        let ask = [&["--image", image.as_str()][..], &key].concat();
        assert_eq!(world.verify(&ask, 0)["outputs"]["digest"], *digest);
    }
}
