//! Runs workflows under act.

use crate::{GoModule, Repository, tool, write};
use robot_process::{Cancellation, Command, Finished};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// <https://github.com/nektos/act> on a user's repository. The release tree is available as `org/robot-actions@v1`;
/// third-party actions are stand-ins that use folders instead of services.
#[derive(Debug)]
pub struct Act {
    folder: TempDir,
    go_cache: PathBuf,
    repository: Repository,
}

/// Variables of the machine that steps get, to find `go`, `git` and modules.
const KEPT: [&str; 4] = ["HOME", "PATH", "GOFLAGS", "GOPROXY"];

impl Act {
    /// A repository with a Go module, to which `module` adds files. What Go builds is kept in `shared`
    /// (`CARGO_TARGET_TMPDIR`).
    pub fn new(shared: &Path, module: impl FnOnce(GoModule) -> GoModule) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["caches", "artifacts"] {
            std::fs::create_dir(path(name)).unwrap();
        }
        module(GoModule::at(&path("robot")));
        let repository = Repository::init(&path("robot"));
        let go_cache = shared.join("act-gocache");
        Self { go_cache, repository, folder }
    }

    /// Writes a file of the repository.
    pub fn write(&self, path: &str, text: &str) {
        write(&self.repository.path().join(path), text);
    }

    /// Removes what Go built, so that the next push runs as on a new runner. Otherwise runs of one test program share Go's caches,
    /// as on a self-hosted runner.
    pub fn fresh_runner(&mut self) {
        self.go_cache = self.path("gocache");
        let _ = std::fs::remove_dir_all(&self.go_cache);
    }

    /// Commits what changed and pushes it to a runner, whose job has `steps` (YAML list, after a
    /// checkout).
    pub fn push(&self, steps: &str) -> ActRun {
        let indented: String = steps.lines().map(|line| format!("      {line}\n")).collect();
        self.push_workflow(&format!(
            "on: push\njobs:\n  ci:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v7\n{indented}"
        ))
    }

    /// The same with a whole workflow, as a user copies it from our pages.
    pub fn push_workflow(&self, workflow: &str) -> ActRun {
        // As GitHub tells of a push to the default branch.
        let payload = r#"{"ref": "refs/heads/main", "repository": {"default_branch": "main"}}"#;
        self.start(&workflow.replace("on: pull_request", "on: push"), "push", payload, &[])
    }

    /// The same on another event, with what GitHub says of it, and variables of the job.
    pub fn start(
        &self,
        workflow: &str,
        event: &str,
        payload: &str,
        variables: &[(&str, &str)],
    ) -> ActRun {
        let command = self.command(workflow, event, payload, variables);
        ActRun::of(&command.run(&Cancellation::default()).unwrap())
    }

    /// The same, to be started.
    pub fn command(
        &self,
        workflow: &str,
        event: &str,
        payload: &str,
        variables: &[(&str, &str)],
    ) -> Command {
        self.write(".github/workflows/ci.yml", workflow);
        self.repository.commit("change");
        let local =
            |name: &str, path: &Path| format!("--local-repository={name}={}", path.display());
        let variable = |name: &str, path: &Path| format!("--env={name}={}", path.display());
        let environment = std::env::vars_os().filter(|(name, _)| KEPT.iter().any(|k| name == k));
        let environment: BTreeMap<OsString, OsString> = environment.collect();
        let told = self.path("event.json");
        write(&told, payload);
        Command::new(tool("ROBOT_TEST_ACT"))
            .args([event, "--json", "--platform=ubuntu-latest=-self-hosted"])
            .arg(format!("--eventpath={}", told.display()))
            .arg("--action-offline-mode")
            .arg(local("org/robot-actions@v1", &tool("ROBOT_TEST_TREE")))
            .args(stand_ins().iter().map(|(name, folder)| local(name, folder)))
            .arg(format!("--action-cache-path={}", self.path("act").display()))
            .arg(variable("STUB_CACHES", &self.path("caches")))
            .arg(variable("STUB_ARTIFACTS", &self.artifacts()))
            .arg(variable("GOCACHE", &self.go_cache))
            .environment(environment)
            .args(variables.iter().map(|(name, value)| match *name {
                // The token of a job is a secret for act as well.
                "GITHUB_TOKEN" => format!("--secret={name}={value}"),
                _ => format!("--env={name}={value}"),
            }))
            .current_directory(self.repository.path())
    }

    /// The user's repository.
    pub fn repository(&self) -> &Path {
        self.repository.path()
    }

    /// Where artifacts go that jobs upload: a folder for each.
    pub fn artifacts(&self) -> PathBuf {
        self.path("artifacts")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Stand-ins for third-party actions by their names in workflows: those of .github/pins.yml with a folder in `act/`.
fn stand_ins() -> BTreeMap<String, PathBuf> {
    #[derive(serde::Deserialize)]
    struct Pin {
        action: String,
        commit: String,
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pins = std::fs::read_to_string(here.join("../../.github/pins.yml")).unwrap();
    let pins: Vec<Pin> = serde_saphyr::from_str(&pins).unwrap();
    let named = pins.iter().map(|Pin { action, commit }| {
        let mut parts = action.split('/');
        let (owner, name) = (parts.next().unwrap(), parts.next().unwrap());
        (format!("{owner}/{name}@{commit}"), here.join("act").join(name))
    });
    named.filter(|(_, folder)| folder.is_dir()).collect()
}

/// The output and results of a run under act.
#[derive(Debug)]
pub struct ActRun {
    /// Whether every job ended well.
    pub success: bool,
    /// All output of act and of steps.
    pub log: String,
    /// Outputs of steps, by step id (`outer-inner` for a step inside an action) and name.
    pub outputs: BTreeMap<(String, String), String>,
}

impl ActRun {
    /// Reads what act printed.
    pub fn of(finished: &Finished) -> Self {
        let success = finished.success();
        let mut run = Self { success, log: String::new(), outputs: BTreeMap::new() };
        for line in String::from_utf8_lossy(&finished.stdout).lines() {
            let event: Value = serde_json::from_str(line).unwrap_or_default();
            run.log.push_str(event["msg"].as_str().unwrap_or(line).trim_end());
            run.log.push('\n');
            if event["command"] == "set-output" {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let ids = event["stepID"].as_array().map(Vec::as_slice).unwrap_or_default();
                let step = ids.iter().map(text).collect::<Vec<_>>().join("-");
                run.outputs.insert((step, text(&event["name"])), text(&event["arg"]));
            }
        }
        run.log.push_str(&String::from_utf8_lossy(&finished.stderr));
        run
    }

    /// An output that `step` set; empty when it set none.
    pub fn output(&self, step: &str, name: &str) -> &str {
        self.outputs.get(&(step.to_owned(), name.to_owned())).map_or("", String::as_str)
    }
}
