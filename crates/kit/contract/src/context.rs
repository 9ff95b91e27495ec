use crate::{
    ConfigFile, Environment, Failure, Provenance, ResultExt, Secret, SecretText, repository,
};
use data_encoding::HEXLOWER;
use robot_evidence::{Evidence, Holder, Kind};
use robot_model::{Phase, RunIdentity};
use robot_process::{Background, Cancellation, Command, stop_all, untrusted_environment};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// What a verb may know of the world, and the only way for it to act on it.
#[derive(Debug)]
pub struct Context {
    /// Variables of the process.
    pub environment: Environment,
    /// The folder that paths in settings are relative to.
    pub directory: PathBuf,
    /// Which run this is.
    pub run: RunIdentity,
    /// Whether this run is of the default branch as it is, so that its measurements are what later
    /// runs compare with: not a pull request, a merge queue's trial or a laptop.
    pub is_default_branch: bool,
    /// What GitHub says of the event that started the run; null on a laptop.
    pub event: Value,
    /// Set when SIGINT or SIGTERM arrives.
    pub cancellation: Cancellation,
    /// Where each setting came from.
    pub provenance: Provenance,
    /// robot.yml, for a verb that resolves the settings of others.
    pub file: ConfigFile,
    summary: Option<String>,
    /// SHA-256 of the settings of the verb that runs, in hex.
    pub(crate) inputs: String,
    commit: OnceLock<String>,
    started: Instant,
    phases: Vec<Phase>,
    left_running: Vec<Background>,
}

/// Time that all children together have to end after the result of a cancelled run.
const GRACE: Duration = Duration::from_secs(2);

impl Context {
    /// The context of a process with these variables, working in `directory`.
    pub fn new(environment: Environment, directory: PathBuf, cancellation: Cancellation) -> Self {
        let event = payload(&environment);
        Self {
            run: run_identity(&environment, &event),
            is_default_branch: is_default_branch(&environment, &event),
            event,
            environment,
            directory,
            cancellation,
            provenance: Provenance::default(),
            file: ConfigFile::default(),
            summary: None,
            inputs: String::new(),
            commit: OnceLock::new(),
            started: Instant::now(),
            phases: Vec::new(),
            left_running: Vec::new(),
        }
    }

    /// Leaves children running until the result is written: for a cancelled run, which may be
    /// killed before they have ended.
    pub fn stop_after_result(&mut self, children: impl IntoIterator<Item = Background>) {
        self.left_running.extend(children);
    }

    /// Stops them; what is forgotten here is killed when the context is dropped.
    pub(crate) fn stop_left_running(&mut self) {
        stop_all(std::mem::take(&mut self.left_running), GRACE);
    }

    /// The commit that is checked out, as git has it: a workflow may check out another than the one that
    /// started it. Empty outside of git.
    pub fn commit(&self) -> &str {
        self.commit.get_or_init(|| {
            let head = self.git().args(["rev-parse", "--verify", "--quiet", "HEAD"]);
            let head = head.run(&self.cancellation).ok().filter(|head| head.success());
            head.map(|head| String::from_utf8_lossy(&head.stdout).trim().to_owned())
                .unwrap_or_default()
        })
    }

    /// Leaves evidence for later steps.
    ///
    /// # Errors
    /// The folder of results cannot be written.
    pub fn leave<E: Evidence>(&self, evidence: &E) -> Result<PathBuf, Failure> {
        let results = self.output_directory()?;
        self.holder(&results)
            .leave(evidence, &self.inputs)
            .or_external(|| format!("the evidence `{}` cannot be left", E::KIND.name))
    }

    /// Takes the evidence that an earlier step left for this commit.
    ///
    /// # Errors
    /// Absent, out of date, of another commit or version: nothing can be concluded. The hint names the
    /// step that should have left it.
    pub fn require<E: Evidence>(&self) -> Result<E, Failure> {
        let results = self.output_directory()?;
        self.holder(&results).require::<E>().map_err(|missing| {
            let Kind { name, left_by, .. } = E::KIND;
            Failure::evidence(format!("the evidence `{name}` is missing: {missing}"))
                .hint(format!("run `{left_by}` before this step, in this checkout"))
        })
    }

    fn holder<'a>(&'a self, results: &'a Path) -> Holder<'a> {
        Holder { results, commit: self.commit(), directory: &self.directory }
    }

    /// Does `work` and records how long it took under `name`.
    pub fn phase<T>(&mut self, name: &str, work: impl FnOnce(&mut Self) -> T) -> T {
        let start = self.started.elapsed().as_secs_f64();
        let value = work(self);
        let duration = self.started.elapsed().as_secs_f64() - start;
        self.phases.push(Phase { name: name.to_owned(), start, duration });
        value
    }

    /// As [`Context::phase`], of work that waits for servers.
    pub async fn awaited_phase<T>(
        &mut self,
        name: &str,
        work: impl AsyncFnOnce(&mut Self) -> T,
    ) -> T {
        let start = self.started.elapsed().as_secs_f64();
        let value = work(self).await;
        let duration = self.started.elapsed().as_secs_f64() - start;
        self.phases.push(Phase { name: name.to_owned(), start, duration });
        value
    }

    /// What the step's summary shows instead of the report, as GitHub Markdown: where there is more
    /// to see than a result holds.
    pub fn set_summary(&mut self, markdown: String) {
        self.summary = Some(markdown);
    }

    pub(crate) fn summary(&self) -> Option<&str> {
        self.summary.as_deref()
    }

    /// The phases recorded so far.
    pub(crate) fn take_phases(&mut self) -> Vec<Phase> {
        std::mem::take(&mut self.phases)
    }

    /// A child process that is trusted with the runner: our own tools, `git`.
    pub fn command(&self, program: &str) -> Command {
        let variables = self
            .environment
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Command::new(program).environment(variables).current_directory(&self.directory)
    }

    /// A child process that runs the repository's code: it gets no token, no input and no way to
    /// write to the runner.
    pub fn untrusted(&self, command: Command) -> Command {
        command
            .environment(untrusted_environment(self.environment.iter()))
            .current_directory(&self.directory)
    }

    /// A secret; `None` where the variable is not set. The runner is told to mask it, as it may be
    /// one that GitHub does not know.
    pub fn secret(&self, secret: &Secret) -> Option<SecretText> {
        let text = self.environment.get(secret.variable)?;
        if self.environment.is_github() {
            let lines: String =
                robot_runner::mask(text).iter().map(|line| format!("{line}\n")).collect();
            // Nobody is left to tell when even this fails.
            let _ = crate::Sinks::print(&lines);
        }
        Some(SecretText::new(text))
    }

    /// A path of a setting, absolute.
    pub fn absolute(&self, path: impl AsRef<Path>) -> PathBuf {
        self.directory.join(path)
    }

    /// The folder for what this run leaves behind: `$RUNNER_TEMP/robot` in a job, the user's cache
    /// folder on a laptop, one folder per checkout.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn output_directory(&self) -> Result<PathBuf, Failure> {
        let folder = match self.environment.path("RUNNER_TEMP") {
            Some(temporary) => temporary.join("robot"),
            None => self.user_cache("runs"),
        };
        fs_err::create_dir_all(&folder)
            .or_external(|| "the folder for results cannot be made".to_owned())?;
        Ok(folder)
    }

    /// The folder for what runs leave for later runs: `$RUNNER_TEMP/robot-history` in a job, which a
    /// workflow restores and saves, with a folder for each robot of a repository that has several;
    /// on a laptop in the user's cache folder, one per checkout.
    pub fn history_directory(&self) -> PathBuf {
        let Some(temporary) = self.environment.path("RUNNER_TEMP") else {
            return self.user_cache("history");
        };
        let root = self.environment.path("GITHUB_WORKSPACE");
        let below = root.as_ref().and_then(|root| self.directory.strip_prefix(root).ok());
        temporary.join("robot-history").join(below.unwrap_or(Path::new("")))
    }

    /// Where the working folder is in its repository, which is where others know its files: that of
    /// the job, or on a laptop that of git. Empty at its root and outside of any.
    pub fn folder_in_repository(&self) -> PathBuf {
        let workspace = self.environment.path("GITHUB_WORKSPACE");
        let workspace = workspace.filter(|_| self.environment.is_github());
        let in_job = |workspace: PathBuf| repository::folder_in_job(&self.directory, &workspace);
        let in_git = || {
            let root = repository::root(&self.directory)?;
            Some(self.directory.strip_prefix(root).ok()?.to_owned())
        };
        workspace.and_then(in_job).or_else(in_git).unwrap_or_default()
    }

    /// This checkout's folder of that kind on a laptop.
    fn user_cache(&self, kind: &str) -> PathBuf {
        // The name is for people, the hash keeps checkouts apart: `a-b` and `a/b`, and paths that are
        // longer than a file's name may be.
        let name = self.directory.file_name().unwrap_or_default().to_string_lossy();
        let name: String =
            name.chars().filter(|c| c.is_alphanumeric() || "-_.".contains(*c)).take(40).collect();
        let hash = Sha256::digest(self.directory.as_os_str().as_encoded_bytes());
        let checkout = format!("{name}-{}", HEXLOWER.encode(&hash[..8]));
        let cache = self
            .environment
            .path("XDG_CACHE_HOME")
            .or_else(|| Some(self.environment.path("HOME")?.join(".cache")))
            .unwrap_or_else(std::env::temp_dir);
        cache.join("robot-actions").join(kind).join(checkout)
    }
}

/// Writes `bytes` so that a reader finds the old file or the new one, never half of one.
///
/// # Errors
/// The folder cannot be written.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    stream_atomically(path, |file| file.write_all(bytes))
}

/// The same for what need not be in memory as a whole.
///
/// # Errors
/// The folder cannot be written, or `write` fails.
pub fn stream_atomically(
    path: &Path,
    write: impl FnOnce(&mut std::io::BufWriter<&std::fs::File>) -> std::io::Result<()>,
) -> std::io::Result<()> {
    use std::io::Write as _;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    fs_err::create_dir_all(folder)?;
    let file = tempfile::NamedTempFile::new_in(folder)?;
    let mut out = std::io::BufWriter::new(file.as_file());
    write(&mut out)?;
    out.flush()?;
    drop(out);
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// What GitHub says of the event that started the run.
fn payload(environment: &Environment) -> Value {
    environment
        .path("GITHUB_EVENT_PATH")
        .and_then(|path| fs_err::read(path).ok())
        .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok())
        .unwrap_or_default()
}

fn is_default_branch(environment: &Environment, payload: &Value) -> bool {
    let events = ["push", "schedule", "workflow_dispatch"];
    let default = payload["repository"]["default_branch"].as_str();
    let branch = environment.get("GITHUB_REF").and_then(|name| name.strip_prefix("refs/heads/"));
    environment.get("GITHUB_EVENT_NAME").is_some_and(|event| events.contains(&event))
        && default.is_some()
        && branch == default
}

fn run_identity(environment: &Environment, payload: &Value) -> RunIdentity {
    let text = |name: &str| environment.get(name).map(str::to_owned);
    let number = |name: &str| environment.get(name).and_then(|value| value.parse().ok());
    let pull_request = &payload["pull_request"];
    let merge_sha = text("GITHUB_SHA");
    RunIdentity {
        repository: text("GITHUB_REPOSITORY"),
        event: text("GITHUB_EVENT_NAME").or_else(|| Some("local".to_owned())),
        head_sha: pull_request["head"]["sha"]
            .as_str()
            .map(str::to_owned)
            .or_else(|| merge_sha.clone()),
        merge_sha,
        base_ref: text("GITHUB_BASE_REF"),
        pull_request: pull_request["number"].as_u64(),
        run_id: number("GITHUB_RUN_ID"),
        attempt: number("GITHUB_RUN_ATTEMPT"),
        job: text("GITHUB_JOB"),
    }
}
