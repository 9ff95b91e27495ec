//! A robot, and the step that builds it.

use robot_process::{Cancellation, Command};
use robot_testkit::{Event, GoModule, Repository, Runner};
use serde_json::Value;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A committed module with one program.
pub(crate) struct World {
    pub(crate) module: GoModule,
    pub(crate) repository: Repository,
    pub(crate) runner: Runner,
}

/// A step's end.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) result: Value,
}

impl Ended {
    pub(crate) fn digest(&self) -> &str {
        self.result["outputs"]["digest"].as_str().unwrap()
    }
}

pub(crate) const MAIN: &str =
    "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfmt.Println(\"hello\")\n}\n";

impl World {
    pub(crate) fn new() -> Self {
        Self::of(GoModule::new().file("cmd/robot/main.go", MAIN).file("configs/a.yaml", "a: 1\n"))
    }

    pub(crate) fn of(module: GoModule) -> Self {
        let repository = Repository::init(module.path());
        let runner = Runner::new(&Event::push()).set("DOCKER_CONFIG", "/nonexistent");
        Self { module, repository, runner }
    }

    pub(crate) fn run(&self, verb: &str, arguments: &[&str]) -> Ended {
        self.run_in(self.module.path(), verb, arguments)
    }

    pub(crate) fn run_in(&self, folder: &Path, verb: &str, arguments: &[&str]) -> Ended {
        let step = self.runner.step(env!("CARGO_BIN_EXE_robot-go-image"), folder);
        self.end(verb, &step.arg(verb).args(arguments.iter().copied()))
    }

    /// The same as another user, whose files nobody else may read.
    pub(crate) fn run_as_another_user(&self, verb: &str, arguments: &[&str]) -> Ended {
        let step = self.runner.step("unshare", self.module.path());
        let step = step.args(["--user", "--map-user=1000", "--map-group=1000", "sh", "-c"]);
        let step =
            step.args(["umask 077; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_robot-go-image")]);
        self.end(verb, &step.arg(verb).args(arguments.iter().copied()))
    }

    fn end(&self, verb: &str, step: &Command) -> Ended {
        let finished = step.run(&Cancellation::default()).unwrap();
        let said = String::from_utf8_lossy(&finished.stdout).into_owned();
        let error = String::from_utf8_lossy(&finished.stderr).into_owned();
        println!("{said}{error}");
        Ended { code: finished.code, result: self.runner.result(&format!("go-image-{verb}")) }
    }

    /// Where an image without a registry is written.
    pub(crate) fn layout(&self) -> PathBuf {
        self.runner.path("temp/robot/image")
    }
}

/// An empty folder.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}
