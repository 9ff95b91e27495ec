//! A fake runner of a job, isolated from the machine's environment.

use crate::{outputs, write};
use robot_process::Command;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The event that starts a run: name and payload as in GitHub's webhooks, with the fields that are read.
#[derive(Debug, Clone)]
pub struct Event {
    name: &'static str,
    payload: Value,
}

impl Event {
    /// A push to the default branch `main`.
    pub fn push() -> Self {
        let payload = json!({
            "ref": "refs/heads/main",
            "after": "1".repeat(40),
            "repository": {"full_name": "acme/robot", "default_branch": "main"},
        });
        Self { name: "push", payload }
    }

    /// Pull request `number`, whose head is `sha`; from a fork if so wanted.
    pub fn pull_request(number: u64, sha: &str, fork: bool) -> Self {
        let head = if fork { "someone/robot" } else { "acme/robot" };
        let payload = json!({
            "action": "synchronize",
            "number": number,
            "pull_request": {
                "number": number,
                "head": {"sha": sha, "ref": "change", "repo": {"full_name": head, "fork": fork}},
                "base": {"ref": "main", "repo": {"full_name": "acme/robot"}},
            },
            "repository": {"full_name": "acme/robot", "default_branch": "main"},
        });
        Self { name: "pull_request", payload }
    }

    /// Attempt 1 of run `id` of another workflow has ended, as the default branch's workflow is told.
    pub fn workflow_run(id: u64) -> Self {
        let payload = json!({
            "action": "completed",
            "workflow_run": {"id": id, "run_attempt": 1},
            "repository": {"full_name": "acme/robot", "default_branch": "main"},
        });
        Self { name: "workflow_run", payload }
    }

    /// Another event of the default branch: `schedule`, `workflow_dispatch`, `merge_group`.
    pub fn other(name: &'static str) -> Self {
        Self { name, ..Self::push() }
    }
}

/// A fake runner: folders, output files and the event. Steps see only `PATH`, `HOME` and Go's module settings of the machine.
#[derive(Debug)]
pub struct Runner {
    folder: TempDir,
    variables: BTreeMap<OsString, OsString>,
}

/// Variables of the machine that a program under test may see.
const KEPT: [&str; 11] = [
    "PATH",
    "HOME",
    "TMPDIR",
    "GOCACHE",
    "GOMODCACHE",
    "GOPROXY",
    "GOFLAGS",
    "GONOSUMDB",
    "GOSUMDB",
    "GOTOOLCHAIN",
    "LD_LIBRARY_PATH",
];

/// The variables of the machine that a program under test sees: never those of a job that the tests run
/// in (`GITHUB_*`, `RUNNER_*`, `INPUT_*`, `CI`).
pub fn scrubbed_variables() -> BTreeMap<OsString, OsString> {
    std::env::vars_os().filter(|(name, _)| KEPT.iter().any(|kept| name == *kept)).collect()
}

/// A program under test as on a laptop: it sees only [`scrubbed_variables`].
pub fn scrubbed(program: impl Into<OsString>) -> Command {
    Command::new(program).environment(scrubbed_variables())
}

impl Runner {
    /// A runner on which `event` started a job.
    pub fn new(event: &Event) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut runner = Self { folder, variables: scrubbed_variables() };
        for name in ["ENV", "OUTPUT", "PATH", "STATE", "STEP_SUMMARY"] {
            let path = runner.path(&format!("commands/{name}"));
            write(&path, "");
            runner.variables.insert(format!("GITHUB_{name}").into(), path.into());
        }
        let payload = runner.path("event.json");
        write(&payload, &event.payload.to_string());
        let temp = runner.path("temp");
        std::fs::create_dir(&temp).unwrap();
        let number = event.payload["number"].as_u64().unwrap_or(0);
        let branch = event.payload["ref"].as_str().map(str::to_owned);
        let branch = branch.unwrap_or_else(|| format!("refs/pull/{number}/merge"));
        let sha = event.payload["after"].as_str().unwrap_or(&"2".repeat(40)).to_owned();
        runner
            .set("GITHUB_ACTIONS", "true")
            .set("GITHUB_EVENT_NAME", event.name)
            .set("GITHUB_EVENT_PATH", payload)
            .set("GITHUB_JOB", "ci")
            .set("GITHUB_REF", branch)
            .set("GITHUB_REPOSITORY", "acme/robot")
            .set("GITHUB_RUN_ATTEMPT", "1")
            .set("GITHUB_RUN_ID", "42")
            .set("GITHUB_SHA", sha)
            .set("RUNNER_OS", "Linux")
            .set("RUNNER_TEMP", temp)
    }

    /// Sets a variable of the job.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// A path on the runner's disk.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A step of the job: runs `program` in `directory`, and sees this runner alone.
    pub fn step(&self, program: impl Into<OsString>, directory: &Path) -> Command {
        Command::new(program).environment(self.variables.clone()).current_directory(directory)
    }

    /// What steps wrote to `GITHUB_OUTPUT`.
    pub fn outputs(&self) -> BTreeMap<String, String> {
        outputs::parse(&self.read("commands/OUTPUT"))
    }

    /// What steps wrote to `GITHUB_STEP_SUMMARY`, Markdown.
    pub fn summary(&self) -> String {
        self.read("commands/STEP_SUMMARY")
    }

    /// A result (`robot.report/v1`) that a tool left: `cache-key-prune`, `go-test`.
    pub fn result(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(&format!("temp/robot/{name}.result.json"))).unwrap()
    }

    fn read(&self, path: &str) -> String {
        let path = self.path(path);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}
