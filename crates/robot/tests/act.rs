//! The generated root action in a real workflow, run by act in host mode: caches restored and
//! saved, `robot ci` in between.

#![expect(clippy::unwrap_used, reason = "helpers of tests are not #[test] functions themselves")]

use robot_process::{Cancellation, Command};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const WORKFLOW: &str = "on: push
jobs:
  ci:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1
      - id: robot
        uses: org/robot-actions@v1
";

struct World(TempDir);

impl World {
    fn new() -> Self {
        let world = Self(tempfile::tempdir().unwrap());
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for folder in ["tree", "caches", "robot"] {
            std::fs::create_dir(world.path(folder)).unwrap();
        }
        run(&Command::new("cp").arg("-r").args([
            root.join("action.yml").as_os_str(),
            root.join("actions").as_os_str(),
            world.path("tree").as_os_str(),
        ]));
        world.write("robot/go.mod", "module example.com/m\n\ngo 1.19\n");
        world.write(
            "robot/m_test.go",
            "package m\n\nimport \"testing\"\n\nfunc TestM(t *testing.T) {}\n",
        );
        world.write("robot/.github/workflows/ci.yml", WORKFLOW);
        run(&world.git().args(["init", "--quiet", "--initial-branch=main"]));
        world.commit();
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn git(&self) -> Command {
        Command::new("git")
            .args(["-c", "user.name=t", "-c", "user.email=t@example.com"])
            .current_directory(self.path("robot"))
    }

    fn commit(&self) {
        run(&self.git().args(["add", "-A"]));
        run(&self.git().args(["commit", "--quiet", "--message=x"]));
    }

    /// Pushes to a fresh runner; gives its log.
    fn push(&self) -> (bool, String) {
        let _ = std::fs::remove_dir_all(self.path("gocache"));
        let act = std::env::vars_os().find(|(name, _)| name == "ROBOT_TEST_ACT");
        // Set by `cargo xtask test`, which installs it.
        let (_, act) = act.unwrap();
        let testkit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testkit/act/cache");
        let local = |name: &str, path: &Path| {
            format!("--local-repository={name}={}", path.canonicalize().unwrap().display())
        };
        let variable = |name: &str, path: &Path| format!("--env={name}={}", path.display());
        let keep = ["HOME", "PATH", "GOFLAGS", "GOPROXY"];
        let environment = std::env::vars_os().filter(|(name, _)| keep.iter().any(|k| name == k));
        let command = Command::new(act)
            .args(["push", "--platform=ubuntu-latest=-self-hosted", "--action-offline-mode"])
            .arg(local("org/robot-actions@v1", &self.path("tree")))
            .arg(local("actions/cache@27d5ce7f107fe9357f9df03efb73ab90386fccae", &testkit))
            .arg(format!("--action-cache-path={}", self.path("act").display()))
            .arg(variable("ROBOT_ACTIONS_BIN", Path::new(env!("CARGO_BIN_EXE_robot"))))
            .arg(variable("STUB_CACHES", &self.path("caches")))
            .arg(variable("GOCACHE", &self.path("gocache")))
            .environment(environment.collect())
            .current_directory(self.path("robot"));
        let finished = command.run(&Cancellation::default()).unwrap();
        let log = String::from_utf8_lossy(&finished.stdout).into_owned()
            + &String::from_utf8_lossy(&finished.stderr);
        (finished.success(), log)
    }
}

fn run(command: &Command) {
    command.run(&Cancellation::default()).unwrap().require_success(command).unwrap();
}

#[test]
fn the_root_action_saves_restores_reuses_and_fails_with_its_reason() {
    let world = World::new();
    let (passed, log) = world.push();
    assert!(passed, "{log}");
    assert!(
        log.contains("saved: robot-build-v1-") && log.contains("set-output:: verdict=pass"),
        "{log}"
    );

    world.write("robot/README.md", "docs");
    world.commit();
    let (passed, log) = world.push();
    assert!(passed, "{log}");
    assert!(log.contains("restored: robot-build-v1-"), "{log}");
    // act checks out into another folder each time, which Go's objects hash; GitHub does not. So
    // the standard library is reused here, the robot's own packages in tests/cache.rs.
    assert!(log.contains("cached entries fit exactly"), "{log}");
    assert!(!log.contains("saved: robot-build-v1-"), "{log}");

    world.write(
        "robot/m_test.go",
        "package m\n\nimport \"testing\"\n\nfunc TestM(t *testing.T) { t.Error(\"no\") }\n",
    );
    world.commit();
    let (passed, log) = world.push();
    assert!(!passed, "{log}");
    assert!(log.contains("set-output:: cause=test"), "{log}");
    assert!(log.contains("file=m_test.go,line=5") || log.contains("m_test.go:5"), "{log}");
}
