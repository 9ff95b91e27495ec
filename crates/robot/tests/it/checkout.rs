//! A checkout, and `robot ci` in it.

use robot_process::{Cancellation, Command, Finished};
use robot_testkit::{scrubbed, wait_until};
use serde_json::Value;
use std::path::PathBuf;
use tempfile::TempDir;

/// A folder with a settings file, and `robot ci` in it.
pub(crate) struct Checkout(pub(crate) TempDir);

impl Checkout {
    pub(crate) fn new(robot_yml: &str) -> Self {
        let checkout = Self(tempfile::tempdir().unwrap());
        std::fs::write(checkout.path("robot.yml"), robot_yml).unwrap();
        checkout
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn command(&self, github: bool) -> Command {
        scrubbed(env!("CARGO_BIN_EXE_robot"))
            .arg("ci")
            .current_directory(self.0.path())
            .env("RUNNER_TEMP", self.path("temp").as_os_str())
            .env("GITHUB_OUTPUT", self.path("output").as_os_str())
            .env("GITHUB_STEP_SUMMARY", self.path("summary").as_os_str())
            .env("GITHUB_ACTIONS", if github { "true" } else { "false" })
            .env("GITHUB_TOKEN", "secret")
    }

    pub(crate) fn run(&self, github: bool) -> (Finished, String) {
        let finished = self.command(github).run(&Cancellation::default()).unwrap();
        let said = String::from_utf8_lossy(&finished.stdout).into_owned()
            + &String::from_utf8_lossy(&finished.stderr);
        (finished, said)
    }

    pub(crate) fn wait_for(&self, name: &str) {
        wait_until(name, || self.path(name).exists());
    }

    /// Processes that work in this checkout, with their last argument; none that is dead.
    pub(crate) fn processes(&self) -> Vec<(i32, String)> {
        robot_testkit::processes_in(self.0.path())
    }

    /// The one with that last argument.
    pub(crate) fn process(&self, last: &str) -> i32 {
        let processes = self.processes();
        let found = processes.iter().find(|(_, argument)| argument == last);
        found.unwrap().0
    }

    pub(crate) fn result(&self) -> Value {
        let bytes = std::fs::read(self.path("temp/robot/ci.result.json")).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }
}
