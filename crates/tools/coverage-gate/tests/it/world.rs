//! A module with real profiles and a real repository, and the binary on it.

use robot_process::Cancellation;
use robot_testkit::{Event, GoModule, Repository, Runner, write};
use serde_json::Value;
use std::path::{Path, PathBuf};

pub(crate) const ROBOT: &str = "package robot

func Covered() int {
\treturn 1
}

func Not() int {
\treturn 2
}
";

pub(crate) struct World {
    pub(crate) runner: Runner,
    pub(crate) folder: PathBuf,
    pub(crate) repository: Repository,
}

impl World {
    /// A module with one covered and one uncovered function on `main`.
    pub(crate) fn new() -> Self {
        Self::on(&Event::push())
    }

    pub(crate) fn on(event: &Event) -> Self {
        let runner = Runner::new(event);
        let folder = runner.path("robot");
        std::fs::create_dir(&folder).unwrap();
        let module = GoModule::at(&folder).file("robot/robot.go", ROBOT).test(
            "robot",
            "TestCovered",
            "_ = Covered()",
        );
        let repository = Repository::init(module.path());
        Self { runner, folder, repository }
    }

    /// The same checkout in a job that another event started.
    pub(crate) fn started_by(&self, name: &str, sha: &str, payload: &Value) -> Runner {
        let runner = Runner::new(&Event::push());
        let event = runner.path("other-event.json");
        write(&event, &payload.to_string());
        let temp = self.runner.path("temp");
        runner
            .set("GITHUB_EVENT_NAME", name)
            .set("GITHUB_EVENT_PATH", event)
            .set("GITHUB_REF", "refs/heads/other")
            .set("GITHUB_SHA", sha)
            .set("RUNNER_TEMP", temp)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        write(&self.folder.join(path), text);
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.folder.join(path)).unwrap()
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        self.repository.git(arguments)
    }

    pub(crate) fn go(&self, arguments: &[&str]) -> String {
        let command = self.runner.step("go", &self.folder).args(arguments.iter().copied());
        let ended = command.run(&Cancellation::default()).unwrap();
        String::from_utf8_lossy(&ended.require_success(&command).unwrap().stdout).into_owned()
    }

    pub(crate) fn profile(&self) {
        self.go(&["test", "-covermode=atomic", "-coverprofile=c.out", "./..."]);
    }

    pub(crate) fn gate(&self, flags: &[&str]) -> (Option<i32>, Value) {
        self.gate_in(&self.folder, flags)
    }

    pub(crate) fn gate_in(&self, folder: &Path, flags: &[&str]) -> (Option<i32>, Value) {
        let flags = [&["--profiles=c.out"], flags].concat();
        self.gate_as(&self.runner, folder, &flags)
    }

    pub(crate) fn gate_as(
        &self,
        runner: &Runner,
        folder: &Path,
        flags: &[&str],
    ) -> (Option<i32>, Value) {
        let step = runner.step(env!("CARGO_BIN_EXE_robot-coverage-gate"), folder);
        let step = step.args(flags.iter().copied());
        let code = step.run(&Cancellation::default()).unwrap().code;
        (code, self.runner.result("coverage-gate"))
    }
}
