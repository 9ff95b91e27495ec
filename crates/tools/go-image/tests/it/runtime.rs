//! Images in a real container runtime: containerd and runc.

use crate::world::World;
use robot_process::{Background, Cancellation, Command};
use robot_testkit::{GoModule, RealRegistry, scrubbed, tool, wait_until, write};
use std::path::PathBuf;
use tempfile::TempDir;

/// Prints who it is, and what is in its image.
const MAIN: &str = r#"package main

import (
	"crypto/x509"
	"fmt"
	"os"
	"os/user"
)

func main() {
	who, err := user.Current()
	if err != nil {
		panic(err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil || pool.Equal(x509.NewCertPool()) {
		panic("no certificates")
	}
	if err := os.WriteFile("/tmp/written", nil, 0o600); err != nil {
		panic(err)
	}
	if err := os.WriteFile("/written", nil, 0o600); err == nil {
		panic("the root folder can be written")
	}
	config, err := os.ReadFile("/etc/robot/a.yaml")
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s %s %s %s %s", who.Username, who.Uid, os.Getenv("HOME"), os.Args[1:], config)
}
"#;

/// A containerd of its own, which ends with the test.
struct Containerd {
    folder: TempDir,
    _process: Background,
}

impl Containerd {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let settings = path("containerd.toml");
        let text = format!(
            "version = 2\nroot = {:?}\nstate = {:?}\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\", \
             \"io.containerd.internal.v1.opt\"]\n[grpc]\naddress = {:?}\n",
            path("root"),
            path("state"),
            path("socket")
        );
        write(&settings, &text);
        let command = scrubbed(tool("ROBOT_TEST_CONTAINERD")).arg("--config").arg(settings);
        let process = command.spawn_to(&path("log")).unwrap();
        let started = Self { folder, _process: process };
        wait_until("containerd answers", || {
            let asked = started.client(&["version"]).run(&Cancellation::default());
            asked.is_ok_and(|finished| finished.success())
        });
        started
    }

    fn client(&self, arguments: &[&str]) -> Command {
        let socket = self.folder.path().join("socket");
        let client = scrubbed(tool("ROBOT_TEST_CTR")).arg("--address").arg(socket);
        client.args(arguments.iter().copied())
    }

    fn run(&self, arguments: &[&str]) -> String {
        let command = self.client(arguments);
        let ended = command.run(&Cancellation::default()).unwrap();
        let ended = ended.require_success(&command).unwrap_or_else(|error| panic!("{error}"));
        String::from_utf8_lossy(&ended.stdout).into_owned()
    }
}

#[test]
// containerd needs root.
#[ignore = "slow: cargo xtask slow"]
fn an_image_runs_in_containerd_as_a_user_without_rights() {
    let _runc: PathBuf = tool("ROBOT_TEST_RUNC");
    let module = GoModule::new().file("cmd/robot/main.go", MAIN).file("configs/a.yaml", "a: 1\n");
    let (world, registry) = (World::of(module), RealRegistry::start());
    let image = format!("--image={}/acme/robot", registry.host());
    let files = ["--files=configs:/etc/robot", "--arguments=--once"];
    let ended =
        world.run("build", &[&image, "--platforms=linux/amd64,linux/arm64", files[0], files[1]]);
    assert_eq!(ended.code, Some(0), "{}", ended.result);
    let reference = ended.result["outputs"]["reference"].as_str().unwrap();
    let containerd = Containerd::start();
    containerd.run(&["images", "pull", "--plain-http", "--snapshotter=native", reference]);
    let said = containerd.run(&["run", "--rm", "--snapshotter=native", reference, "robot"]);
    assert_eq!(said, "nonroot 65532 /home/nonroot [--once] a: 1\n");
}
