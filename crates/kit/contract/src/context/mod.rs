//! Everything that a verb can access: variables, folders, clock, child processes, evidence.

mod checkout;
mod clock;
mod folders;
mod git;
mod notices;
mod run;

pub use checkout::Checkout;
pub use clock::Clock;
pub use run::Run;

use crate::{ConfigFile, Environment, Failure, Provenance, ResultExt, Secret, SecretText};
use robot_evidence::{Evidence, Holder, Kind};
use robot_model::Phase;
use robot_process::{Background, Cancellation, Command, stop_all, untrusted_environment};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

/// Everything that a verb can access: variables, folders, clock, child processes, evidence.
#[derive(Debug)]
pub struct Context {
    /// Variables of the process.
    pub environment: Environment,
    /// The folder that paths in settings are relative to.
    pub directory: PathBuf,
    /// The run that it belongs to.
    pub run: Run,
    /// The clock.
    pub clock: Clock,
    /// Set when SIGINT or SIGTERM arrives.
    pub cancellation: Cancellation,
    /// Where each setting came from.
    pub provenance: Provenance,
    /// robot.yml, for a verb that resolves the settings of other verbs.
    pub file: ConfigFile,
    /// SHA-256 of the settings of the verb that runs, in hex.
    pub(crate) inputs: String,
    /// The verb that runs: `cache-key prepare`.
    pub(crate) verb: String,
    /// Whether it repeats no verdict of an earlier run.
    pub(crate) fresh: bool,
    /// Which steps of the bundle's pipeline have work; a single tool has none.
    pub has_work: Option<crate::HasWork>,
    /// Folders of caches that may yet be restored.
    pub(crate) unrestored: Vec<PathBuf>,
    commit: OnceLock<String>,
    notices: Option<PathBuf>,
    phases: Vec<Phase>,
    left_running: Vec<Background>,
}

/// Time in which all children together must end after a cancelled run has written its result.
const GRACE: Duration = Duration::from_secs(2);

impl Context {
    /// The context of a process with these variables, working in `directory`.
    pub fn new(environment: Environment, directory: PathBuf, cancellation: Cancellation) -> Self {
        Self {
            run: Run::of(&environment),
            clock: Clock::machine(),
            environment,
            directory,
            cancellation,
            provenance: Provenance::default(),
            file: ConfigFile::default(),
            inputs: String::new(),
            verb: String::new(),
            fresh: false,
            has_work: None,
            unrestored: Vec::new(),
            commit: OnceLock::new(),
            notices: None,
            phases: Vec::new(),
            left_running: Vec::new(),
        }
    }

    /// Keeps children running until the result is written, for a cancelled run that may be killed before they
    /// have ended.
    pub fn stop_after_result(&mut self, children: impl IntoIterator<Item = Background>) {
        self.left_running.extend(children);
    }

    /// Stops the children. Those that remain are killed when the context is dropped.
    pub fn stop_left_running(&mut self) {
        stop_all(std::mem::take(&mut self.left_running), GRACE);
    }

    /// The checked-out commit according to git, because a workflow may check out another commit than the one
    /// that started it. Empty outside of git.
    pub fn commit(&self) -> &str {
        self.commit.get_or_init(|| {
            let head = self.git().args(["rev-parse", "--verify", "--quiet", "HEAD"]);
            let head = head.run(&self.cancellation).ok().filter(|head| head.success());
            head.map(|head| String::from_utf8_lossy(&head.stdout).trim().to_owned())
                .unwrap_or_default()
        })
    }

    /// Writes evidence for later steps.
    ///
    /// # Errors
    /// The results folder cannot be written.
    pub fn leave<E: Evidence>(&self, evidence: &E) -> Result<PathBuf, Failure> {
        let results = self.output_directory()?;
        self.holder(&results)
            .leave(evidence, &self.inputs)
            .or_external(|| format!("the evidence `{}` cannot be written", E::KIND.name))
    }

    /// Reads the evidence that an earlier step wrote for this commit.
    ///
    /// # Errors
    /// The evidence is missing, out of date, or of another commit or version. The hint names the step that
    /// writes it.
    pub fn require<E: Evidence>(&self) -> Result<E, Failure> {
        let results = self.output_directory()?;
        self.holder(&results).require::<E>().map_err(|missing| {
            let Kind { name, left_by, .. } = E::KIND;
            Failure::evidence(format!("the evidence `{name}` is not available: {missing}"))
                .hint(format!("run `{left_by}` before this step, in this checkout"))
        })
    }

    fn holder<'a>(&'a self, results: &'a Path) -> Holder<'a> {
        Holder { results, commit: self.commit(), directory: &self.directory }
    }

    /// Runs `work` and records its duration under `name`.
    pub fn phase<T>(&mut self, name: &str, work: impl FnOnce(&mut Self) -> T) -> T {
        let start = self.clock.elapsed().as_secs_f64();
        let value = work(self);
        let duration = self.clock.elapsed().as_secs_f64() - start;
        self.phases.push(Phase { name: name.to_owned(), start, duration });
        value
    }

    /// As [`Context::phase`], for asynchronous work.
    pub async fn awaited_phase<T>(
        &mut self,
        name: &str,
        work: impl AsyncFnOnce(&mut Self) -> T,
    ) -> T {
        let start = self.clock.elapsed().as_secs_f64();
        let value = work(self).await;
        let duration = self.clock.elapsed().as_secs_f64() - start;
        self.phases.push(Phase { name: name.to_owned(), start, duration });
        value
    }

    /// The phases recorded so far.
    pub(crate) fn take_phases(&mut self) -> Vec<Phase> {
        std::mem::take(&mut self.phases)
    }

    /// A child process that is trusted with access to the runner: our own tools, `git`.
    pub fn command(&self, program: &str) -> Command {
        let variables = self
            .environment
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Command::new(program).environment(variables).current_directory(&self.directory)
    }

    /// A child process that runs the repository's code. It gets no token and no input, and cannot write to the
    /// runner.
    pub fn untrusted(&self, command: Command) -> Command {
        command
            .environment(untrusted_environment(self.environment.iter()))
            .current_directory(&self.directory)
    }

    /// A secret; `None` if the variable is not set. The runner is told to mask it, because GitHub may not know
    /// that it is a secret.
    pub fn secret(&self, secret: &Secret) -> Option<SecretText> {
        let text = self.environment.get(secret.variable)?;
        if self.environment.is_github() {
            let lines: String =
                robot_runner::mask(text).iter().map(|line| format!("{line}\n")).collect();
            // If even this fails, there is no way to report it.
            let _ = robot_runner::send(&lines);
        }
        Some(SecretText::new(text))
    }
}
