//! One cell: prepared, tested, vetted.

use crate::cell::Cell;
use crate::input::Input;
use crate::outcome::CellOutcome;
use crate::prepare::{self, Prepared, Stopped};
use crate::signature::signature;
use robot_contract::{Context, Failure, Isolate, ResultExt, Seal};
use robot_go_command::{Processes, Sources};
use robot_golang::suite::{Package, Suite, TestOutcome};
use robot_observe::{Read, Watch};
use robot_process::{Command, Finished};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::path::Path;
use std::time::Instant;

/// What became of a cell.
#[derive(Debug)]
pub(crate) struct Trial {
    pub(crate) cell: Cell,
    pub(crate) outcome: CellOutcome,
    /// What failed, each with its text.
    pub(crate) problems: Vec<Problem>,
    /// Of the run that tried it.
    pub(crate) seconds: f64,
    pub(crate) basis: Basis,
}

/// What a cell's outcome rests on.
#[derive(Debug)]
pub(crate) enum Basis {
    /// What a file says, or that the run ended before.
    Stopped,
    /// A run before this one, whose commit is known if that was a job.
    Kept { commit: Option<String> },
    /// This run.
    Tried {
        /// Why it had to be tried.
        because: String,
        /// What its tests and embedded files were seen to read.
        reads: Vec<Read>,
        /// Why no later run can repeat it.
        not_kept: Option<String>,
    },
}

impl Basis {
    fn tried(basis: Result<Vec<Read>, String>) -> Self {
        let because = String::new();
        match basis {
            Ok(reads) => Self::Tried { because, reads, not_kept: None },
            Err(why) => Self::Tried { because, reads: Vec::new(), not_kept: Some(why) },
        }
    }
}

impl Trial {
    /// A cell that does not run.
    pub(crate) fn stopped(cell: &Cell, Stopped { outcome, why }: Stopped) -> Self {
        let title = match outcome {
            CellOutcome::Unsupported => "not supported".to_owned(),
            CellOutcome::BuildFail => "does not compile".to_owned(),
            _ => "could not be tried".to_owned(),
        };
        let problem = Problem { signature: why.clone(), outcome, title, text: why };
        let cell = cell.clone();
        Self { cell, outcome, problems: vec![problem], seconds: 0.0, basis: Basis::Stopped }
    }

    /// Whether it is the verdict of an earlier run.
    pub(crate) fn is_kept(&self) -> bool {
        matches!(self.basis, Basis::Kept { .. })
    }
}

/// One thing that failed in a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Problem {
    pub(crate) outcome: CellOutcome,
    /// `panic in example.com/m TestA`.
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) signature: String,
}

impl Problem {
    pub(crate) fn new(outcome: CellOutcome, title: String, text: String) -> Self {
        let signature = format!("{title}\n{}", signature(&text));
        Self { outcome, title, text, signature }
    }
}

/// Runs a cell in a folder of its own. `sources` are those that all cells are built from.
///
/// # Errors
/// There is no go command, or a folder cannot be written.
pub(crate) fn run(
    cell: &Cell,
    settings: &Input,
    sources: Result<&Sources, String>,
    folder: &Path,
    context: &Context,
) -> Result<Trial, Failure> {
    let started = Instant::now();
    let ended = |outcome, problems, basis: Result<Vec<Read>, String>| Trial {
        cell: cell.clone(),
        outcome,
        problems,
        seconds: started.elapsed().as_secs_f64(),
        basis: Basis::tried(basis),
    };
    let stopped = |why| Trial {
        seconds: started.elapsed().as_secs_f64(),
        basis: Basis::tried(Ok(Vec::new())),
        ..Trial::stopped(cell, why)
    };
    if let Some(missing) = prepare::toolchain(cell, context)? {
        return Ok(stopped(missing));
    }
    let packages = robot_go_command::patterns(context, &settings.packages);
    let prepared = match prepare::prepare(cell, settings, folder, &packages, context)? {
        Ok(prepared) => prepared,
        Err(why) => return Ok(stopped(why)),
    };
    let run = Run { cell, settings, folder, packages: &packages, prepared: &prepared, context };
    let watch = if sources.is_ok() { Watch::Reads } else { Watch::Framework };
    let Tested { suite, finished, processes } = run.test(watch)?;
    let said = String::from_utf8_lossy(&finished.stderr).into_owned();
    if finished.cancelled {
        return Ok(stopped(Stopped::inconclusive("interrupted".to_owned())));
    }
    if suite.packages.is_empty() && !finished.success() {
        if let Some(outside) = robot_go_command::outside_failure(&said) {
            return Ok(stopped(Stopped::inconclusive(outside.record().message.clone())));
        }
        let problem = Problem::new(CellOutcome::BuildFail, "go test failed".to_owned(), said);
        return Ok(ended(CellOutcome::BuildFail, vec![problem], Ok(Vec::new())));
    }
    let mut problems = problems(&suite, &said);
    let outcome = match CellOutcome::of(suite.outcome()) {
        Some(outcome) if outcome > CellOutcome::Inconclusive => outcome,
        // Nothing failed, and yet go says so.
        Some(_) if !finished.success() => CellOutcome::Fail,
        Some(outcome) => outcome,
        None => {
            return Ok(stopped(Stopped::inconclusive("there is no package to test".to_owned())));
        }
    };
    let ran = suite.packages.values().flat_map(|package| &package.tests);
    let has_run = ran.clone().any(|test| test.outcome != TestOutcome::Skip);
    if outcome <= CellOutcome::Inconclusive && !has_run {
        let why = if ran.count() == 0 { "there is no test" } else { "every test skipped itself" };
        return Ok(stopped(Stopped::inconclusive(why.to_owned())));
    }
    if outcome > CellOutcome::Inconclusive {
        let Tested { suite: again, finished: second, .. } = run.test(Watch::Framework)?;
        let has_all = suite
            .packages
            .keys()
            .all(|path| again.packages.get(path).is_some_and(|package| !package.ran_nothing()));
        let passed =
            second.success() && CellOutcome::of(again.outcome()) == Some(CellOutcome::Pass);
        let problems = problems.into_iter().map(|problem| match passed && has_all {
            true => Problem {
                outcome: CellOutcome::Warn,
                title: format!("passed when run again: {}", problem.title),
                ..problem
            },
            false => problem,
        });
        let outcome = if passed && has_all { CellOutcome::Warn } else { outcome };
        let basis = Err("it passed only when it ran again".to_owned());
        return Ok(ended(outcome, problems.collect(), basis));
    }
    let silent = suite.packages.iter().filter(|(_, package)| package.ran_nothing());
    problems.extend(silent.map(|(path, _)| {
        let text = "its process ended with success before any test ran".to_owned();
        Problem::new(CellOutcome::Warn, format!("no test ran in {path}"), text)
    }));
    let outcome = problems.iter().map(|problem| problem.outcome).fold(outcome, CellOutcome::max);
    let basis = sources.and_then(|sources| basis(sources, &prepared, &suite, &processes));
    match run.vet()? {
        Some(said) => {
            let problem = Problem::new(CellOutcome::Warn, "go vet".to_owned(), said);
            problems.push(problem);
            Ok(ended(CellOutcome::Warn, problems, basis))
        }
        None => Ok(ended(outcome, problems, basis)),
    }
}

/// All that tests and embedded files were seen to read; or why that is not all that the outcome depends on.
fn basis(
    sources: &Sources,
    prepared: &Prepared,
    suite: &Suite,
    processes: &Processes,
) -> Result<Vec<Read>, String> {
    if let Some(unknown) = &prepared.unknown {
        return Err(unknown.clone());
    }
    let mut reads = sources.embedded(&prepared.listed)?;
    for (path, package) in suite.packages.iter().filter(|(_, package)| !package.has_no_tests) {
        if package.ran_nothing() {
            return Err(format!("{path}: no test ran"));
        }
        let record = processes.record(path);
        let record = record.ok_or_else(|| format!("{path}: what it reads was not observed"))?;
        if let Some(reason) = record.reasons.first() {
            return Err(format!("{path}: {reason}"));
        }
        reads.extend(record.reads.iter().cloned());
    }
    // The same in all packages of a module: its go.mod, folders above, what the linker loads.
    let mut known = HashSet::new();
    reads
        .retain(|read| known.insert((read.path.clone(), read.manner, format!("{:?}", read.state))));
    Ok(reads)
}

/// What all commands of a cell have in common.
struct Run<'a> {
    cell: &'a Cell,
    settings: &'a Input,
    folder: &'a Path,
    packages: &'a [String],
    prepared: &'a Prepared,
    context: &'a Context,
}

struct Tested {
    suite: Suite,
    finished: Finished,
    processes: Processes,
}

impl Run<'_> {
    fn command(&self, verb: &str) -> Result<Command, Failure> {
        let seal = self.seal()?;
        let tags = &self.settings.tags;
        let go = robot_go_command::sealed_go(self.context, verb, tags, Isolate::Auto, &seal);
        Ok(prepare::go(go, self.cell, self.prepared.own.as_ref(), false))
    }

    fn test(&self, watch: Watch) -> Result<Tested, Failure> {
        let unwritable = || format!("{} cannot be written", self.folder.display());
        let left = self.folder.join("processes");
        let _ = fs_err::remove_dir_all(&left);
        fs_err::create_dir_all(&left).or_external(unwritable)?;
        let mut command = self
            .command("test")?
            .args(["-json", "-vet=off"])
            .arg(format!("-timeout={}", self.settings.timeout));
        if self.settings.race {
            command = command.arg("-race");
        }
        let flags = self.context.environment.get("GOFLAGS").unwrap_or_default();
        let has_other =
            flags.split_ascii_whitespace().any(|it| it.trim_start_matches('-').starts_with("exec"));
        let observer = robot_go_command::observer(watch, &left).filter(|_| !has_other);
        let is_observed = observer.is_some();
        // Either makes go run tests again.
        command = command.arg(observer.unwrap_or_else(|| "-count=1".to_owned()));
        let command = command.args(self.packages.iter().cloned());
        let (mut suite, finished) = robot_go_command::run_tests(&command, self.context)?;
        let folders = robot_go_command::test_folders(&self.prepared.listed);
        let processes = Processes::take(&left, &folders);
        if is_observed && (!folders.is_empty() || finished.success()) {
            processes.judge(&mut suite);
        }
        Ok(Tested { suite, finished, processes })
    }

    fn vet(&self) -> Result<Option<String>, Failure> {
        let command = self.command("vet")?.args(self.packages.iter().cloned());
        let finished = robot_go_command::run(&command, self.context)?;
        Ok(robot_go_command::errors(&finished))
    }

    /// What code under test in a cell does not see, and cannot write: passes that are kept, and modules, all of
    /// which were downloaded before. The cell's folder is there, for its go.mod and what the observer leaves.
    fn seal(&self) -> Result<Seal, Failure> {
        let mut seal = Seal { visible: vec![self.folder.to_owned()], ..Seal::default() };
        robot_go_command::protect(self.context, &mut seal)?;
        Ok(seal)
    }
}

fn problems(suite: &Suite, said: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, package) in &suite.packages {
        let failed = package.tests.iter().filter(|test| test.outcome.is_failure());
        // The deepest one says what is wrong.
        let leaves = failed.clone().filter(|test| {
            let below = format!("{}/", test.name);
            !package
                .tests
                .iter()
                .any(|other| other.outcome.is_failure() && other.name.starts_with(&below))
        });
        let before = problems.len();
        problems.extend(leaves.filter_map(|test| {
            let outcome = CellOutcome::of(Some(test.outcome))?;
            let title = format!("{} in {path} {}", outcome.word(), test.name);
            Some(Problem::new(outcome, title, test.output.clone()))
        }));
        if problems.len() == before {
            problems.extend(of_package(path, package, suite, said));
        }
    }
    problems
}

/// What a package failed of that no test says.
fn of_package(path: &str, package: &Package, suite: &Suite, said: &str) -> Option<Problem> {
    let failure = package.outcome.filter(|outcome| outcome.is_failure())?;
    let outcome = CellOutcome::of(Some(failure))?;
    let build = package.failed_build.as_ref().and_then(|build| suite.builds.get(build));
    let own = build.map_or_else(|| package.output.text(), robot_golang::suite::Tail::text);
    let text = if own.trim().is_empty() { said.to_owned() } else { own };
    Some(Problem::new(outcome, format!("{} in {path}", outcome.word()), text))
}
