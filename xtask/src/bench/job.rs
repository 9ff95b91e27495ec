//! A job on a fresh runner: a clone, the caches that an earlier job saved, the work.

use super::measure::{self, Cost};
use crate::{command, require};
use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How a job does its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// The steps of a hand-written workflow, with setup-go's cache.
    Glue,
    /// `cache-key compute`, then `robot ci`.
    Robot,
}

/// The article's steps, one after another.
const GLUE: &str = "set -e
go mod download
go vet ./...
go build ./...
go test -race -covermode=atomic -coverprofile=coverage.out ./...
go tool cover -func=coverage.out";

/// Where jobs of one repository run, and what they saved.
pub(crate) struct Runner {
    pub(crate) folder: PathBuf,
    pub(crate) robot: PathBuf,
    /// Module downloads come from here, as from a proxy close by.
    pub(crate) proxy: PathBuf,
}

/// One job's cost, and what it left.
pub(crate) struct Job {
    pub(crate) cost: Cost,
    /// The result of `robot ci`.
    pub(crate) result: Option<Value>,
    /// Bytes of caches that were restored.
    pub(crate) restored: u64,
}

/// A cache that is restored and saved.
struct Cache {
    /// Folder below the job.
    name: &'static str,
    key: String,
    restore_keys: Vec<String>,
    is_wanted: bool,
}

impl Cache {
    /// The small one, which is restored first.
    fn history() -> Self {
        let key = "history".to_owned();
        Self { name: "temp/robot-history", key, restore_keys: Vec::new(), is_wanted: true }
    }
}

/// Of a push to the default branch.
const PAYLOAD: &str = r#"{"ref": "refs/heads/base", "repository": {"default_branch": "base"}}"#;

impl Runner {
    pub(crate) fn repository(&self) -> PathBuf {
        self.folder.join("repository")
    }

    fn job(&self) -> PathBuf {
        // One path for all, as on a hosted runner: Go's keys have it inside.
        self.folder.join("job")
    }

    /// Runs a job on `branch`; `save` as a push to the default branch does.
    pub(crate) fn run(&self, way: Way, branch: &str, save: bool) -> Result<Job> {
        let job = self.job();
        let _ = command("chmod").args(["-R", "u+w"]).arg(&job).output();
        let _ = fs_err::remove_dir_all(&job);
        fs_err::create_dir_all(job.join("temp"))?;
        fs_err::write(job.join("event.json"), PAYLOAD)?;
        let clone = job.join("robot");
        let from = self.repository();
        require(
            command("git").args(["clone", "--quiet", "--branch", branch]).args([&from, &clone]),
        )?;
        let history = Cache::history();
        let mut restored = 0;
        if way == Way::Robot {
            restored += self.restore(way, &history)?;
        }
        let (caches, computed) = self.caches(way, &clone)?;
        for cache in caches.iter().filter(|cache| cache.is_wanted) {
            restored += self.restore(way, cache)?;
        }
        let log = self.folder.join(format!("{way:?}-{branch}.log"));
        let cost = match way {
            Way::Glue => measure::run(self.step(Path::new("bash")).args(["-c", GLUE]), &log, &[0])?,
            Way::Robot => measure::run(self.step(&self.robot).arg("ci"), &log, &[0])?,
        };
        let result = job.join("temp/robot/ci.result.json");
        let result = fs_err::read(result).ok().and_then(|json| serde_json::from_slice(&json).ok());
        if save {
            for cache in caches.iter().chain((way == Way::Robot).then_some(&history)) {
                self.save(way, cache)?;
            }
        }
        Ok(Job { cost: computed + cost, result, restored })
    }

    fn step(&self, program: &Path) -> Command {
        let job = self.job();
        let mut step = command(&program.to_string_lossy());
        step.current_dir(job.join("robot"))
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_EVENT_NAME", "push")
            .env("GITHUB_EVENT_PATH", job.join("event.json"))
            .env("GITHUB_REF", "refs/heads/base")
            .env("GITHUB_WORKSPACE", job.join("robot"))
            .env("GITHUB_RUN_ID", "1")
            .env("GITHUB_RUN_ATTEMPT", "1")
            .env("GITHUB_JOB", "bench")
            .env("RUNNER_TEMP", job.join("temp"))
            .env("GOCACHE", job.join("build"))
            .env("GOMODCACHE", job.join("modules"))
            .env("GOFLAGS", "-modcacherw")
            .env("GOPROXY", format!("file://{}", self.proxy.join("cache/download").display()))
            .env("GOSUMDB", "off");
        step
    }

    /// The caches of a job, and what finding out their keys costs.
    fn caches(&self, way: Way, clone: &Path) -> Result<(Vec<Cache>, Cost)> {
        if way == Way::Glue {
            // setup-go: one key from go.mod, no fallback. https://github.com/actions/setup-go
            let key = fs_err::read_to_string(clone.join("go.mod"))?;
            let cache =
                |name| Cache { name, key: key.clone(), restore_keys: Vec::new(), is_wanted: true };
            return Ok((vec![cache("build"), cache("modules")], Cost::default()));
        }
        let log = self.folder.join("compute.log");
        let mut compute = self.step(&self.robot);
        compute.args(["cache-key", "compute", "--pipeline"]);
        let cost = measure::run(&mut compute, &log, &[0])?;
        let result = fs_err::read(self.job().join("temp/robot/cache-key-compute.result.json"))?;
        let result: Value = serde_json::from_slice(&result)?;
        let outputs = &result["outputs"];
        let cache = |name, kind: &str| -> Result<Cache> {
            let keys = outputs[format!("{kind}-restore-keys")].as_array();
            let keys = keys.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
            let key = outputs[format!("{kind}-key")].as_str().context("compute gave no key")?;
            let is_wanted = outputs[format!("restore-{kind}")] == true;
            Ok(Cache { name, key: key.to_owned(), restore_keys: keys.collect(), is_wanted })
        };
        Ok((vec![cache("build", "build")?, cache("modules", "module")?], cost))
    }

    fn saved(&self, way: Way, cache: &Cache) -> PathBuf {
        self.folder.join("saved").join(format!("{way:?}-{}", cache.name.replace('/', "-")))
    }

    /// As actions/cache does: the exact key, else the first restore key that is a prefix.
    fn restore(&self, way: Way, cache: &Cache) -> Result<u64> {
        let saved = self.saved(way, cache);
        let Ok(key) = fs_err::read_to_string(saved.join("key")) else { return Ok(0) };
        if key != cache.key && !cache.restore_keys.iter().any(|prefix| key.starts_with(prefix)) {
            return Ok(0);
        }
        let to = self.job().join(cache.name);
        let _ = fs_err::remove_dir_all(&to);
        require(command("cp").arg("-a").args([saved.join("content"), to.clone()]))?;
        measure::size(&to)
    }

    fn save(&self, way: Way, cache: &Cache) -> Result<()> {
        let saved = self.saved(way, cache);
        let from = self.job().join(cache.name);
        // A robot without dependencies downloads nothing.
        if !from.is_dir() {
            return Ok(());
        }
        let _ = fs_err::remove_dir_all(&saved);
        fs_err::create_dir_all(&saved)?;
        require(command("cp").arg("-a").args([from, saved.join("content")]))?;
        fs_err::write(saved.join("key"), &cache.key)?;
        ensure!(saved.join("content").is_dir(), "nothing was saved");
        Ok(())
    }

    /// Bytes of the build cache that the last saving job left.
    pub(crate) fn saved_build(&self, way: Way) -> Result<u64> {
        measure::size(&self.folder.join(format!("saved/{way:?}-build/content")))
    }

    /// Forgets what jobs saved.
    pub(crate) fn forget(&self) {
        let _ = command("chmod").args(["-R", "u+w"]).arg(self.folder.join("saved")).output();
        let _ = fs_err::remove_dir_all(self.folder.join("saved"));
    }
}
