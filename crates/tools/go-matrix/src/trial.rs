//! One cell: prepared, tested, vetted.

use crate::cell::Cell;
use crate::input::Input;
use crate::outcome::Outcome;
use crate::prepare::{self, Stopped};
use crate::signature::signature;
use robot_contract::{Context, Failure, Isolate, Seal};
use robot_golang::suite::{Outcome as TestOutcome, Package, Suite};
use robot_process::Finished;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What became of a cell.
#[derive(Debug)]
pub(crate) struct Trial {
    pub(crate) cell: Cell,
    pub(crate) outcome: Outcome,
    /// What failed, each with its text.
    pub(crate) problems: Vec<Problem>,
    pub(crate) seconds: f64,
}

impl Trial {
    /// A cell that does not run.
    pub(crate) fn stopped(cell: &Cell, Stopped { outcome, why }: Stopped) -> Self {
        let title = match outcome {
            Outcome::Unsupported => "not supported".to_owned(),
            _ => "could not be tried".to_owned(),
        };
        let problem = Problem { signature: why.clone(), outcome, title, text: why };
        Self { cell: cell.clone(), outcome, problems: vec![problem], seconds: 0.0 }
    }
}

/// One thing that failed in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) outcome: Outcome,
    /// `panic in example.com/m TestA`.
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) signature: String,
}

impl Problem {
    pub(crate) fn new(outcome: Outcome, title: String, text: String) -> Self {
        let signature = format!("{title}\n{}", signature(&text));
        Self { outcome, title, text, signature }
    }
}

/// Runs a cell in a folder of its own.
///
/// # Errors
/// There is no go command, or a folder cannot be written.
pub(crate) fn run(
    cell: &Cell,
    settings: &Input,
    folder: &Path,
    context: &Context,
) -> Result<Trial, Failure> {
    let started = Instant::now();
    let ended = |outcome, problems| Trial {
        cell: cell.clone(),
        outcome,
        problems,
        seconds: started.elapsed().as_secs_f64(),
    };
    let stopped =
        |why| Trial { seconds: started.elapsed().as_secs_f64(), ..Trial::stopped(cell, why) };
    if let Some(missing) = prepare::toolchain(cell, context)? {
        return Ok(stopped(missing));
    }
    let packages = robot_go_command::patterns(context, &settings.packages);
    let file = match prepare::module_file(cell, folder, &packages, context)? {
        Ok(file) => file,
        Err(why) => return Ok(stopped(why)),
    };
    let (suite, finished) = test(cell, settings, file.as_deref(), &packages, context)?;
    let said = String::from_utf8_lossy(&finished.stderr).into_owned();
    if finished.cancelled {
        return Ok(stopped(Stopped::inconclusive("interrupted".to_owned())));
    }
    if suite.packages.is_empty() && !finished.success() {
        if let Some(outside) = robot_go_command::outside_failure(&said) {
            return Ok(stopped(Stopped::inconclusive(outside.record().message.clone())));
        }
        let problem = Problem::new(Outcome::BuildFail, "go test failed".to_owned(), said);
        return Ok(ended(Outcome::BuildFail, vec![problem]));
    }
    let problems = problems(&suite, &said);
    let outcome = match Outcome::of(suite.outcome()) {
        Some(outcome) if outcome > Outcome::Inconclusive => outcome,
        // Nothing failed, and yet go says so.
        Some(_) if !finished.success() => Outcome::Fail,
        Some(outcome) => outcome,
        None => {
            return Ok(stopped(Stopped::inconclusive("there is no package to test".to_owned())));
        }
    };
    let ran = suite.packages.values().flat_map(|package| &package.tests);
    let has_run = ran.clone().any(|test| test.outcome != TestOutcome::Skip);
    if outcome <= Outcome::Inconclusive && !has_run {
        let why = if ran.count() == 0 { "there is no test" } else { "every test skipped itself" };
        return Ok(stopped(Stopped::inconclusive(why.to_owned())));
    }
    if outcome > Outcome::Inconclusive {
        let (again, second) = test(cell, settings, file.as_deref(), &packages, context)?;
        let has_all = suite.packages.keys().all(|path| again.packages.contains_key(path));
        let passed = second.success() && Outcome::of(again.outcome()) == Some(Outcome::Pass);
        let problems = problems.into_iter().map(|problem| match passed && has_all {
            true => Problem {
                outcome: Outcome::Warn,
                title: format!("passed when run again: {}", problem.title),
                ..problem
            },
            false => problem,
        });
        let outcome = if passed && has_all { Outcome::Warn } else { outcome };
        return Ok(ended(outcome, problems.collect()));
    }
    match vet(cell, settings, file.as_deref(), &packages, context)? {
        Some(said) => {
            let problem = Problem::new(Outcome::Warn, "go vet".to_owned(), said);
            Ok(ended(Outcome::Warn, vec![problem]))
        }
        None => Ok(ended(outcome, problems)),
    }
}

fn test(
    cell: &Cell,
    settings: &Input,
    file: Option<&Path>,
    packages: &[String],
    context: &Context,
) -> Result<(Suite, Finished), Failure> {
    let seal = seal(file, context)?;
    let go = robot_go_command::sealed_go(context, "test", &settings.tags, Isolate::Auto, &seal);
    let mut command = prepare::go(go, cell, file)
        .args(["-json", "-vet=off", "-count=1"])
        .arg(format!("-timeout={}", settings.timeout));
    if settings.race {
        command = command.arg("-race");
    }
    let command = command.args(packages.iter().cloned());
    robot_go_command::run_tests(&command, context)
}

/// What `go vet` says, where it complains.
fn vet(
    cell: &Cell,
    settings: &Input,
    file: Option<&Path>,
    packages: &[String],
    context: &Context,
) -> Result<Option<String>, Failure> {
    let seal = seal(file, context)?;
    let go = robot_go_command::sealed_go(context, "vet", &settings.tags, Isolate::Auto, &seal);
    let command = prepare::go(go, cell, file).args(packages.iter().cloned());
    let finished = robot_go_command::run(&command, context)?;
    Ok(robot_go_command::errors(&finished))
}

/// What code under test in a cell does not see, and cannot write: passes that are kept, and modules, all of
/// which were downloaded before. The cell's go.mod is there for go.
fn seal(file: Option<&Path>, context: &Context) -> Result<Seal, Failure> {
    let folder = file.and_then(Path::parent).map(PathBuf::from);
    let mut seal = Seal { visible: folder.into_iter().collect(), ..Seal::default() };
    robot_go_command::protect(context, &mut seal)?;
    Ok(seal)
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
            let outcome = Outcome::of(Some(test.outcome))?;
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
    let outcome = Outcome::of(Some(failure))?;
    let build = package.failed_build.as_ref().and_then(|build| suite.builds.get(build));
    let own = build.map_or_else(|| package.output.text(), robot_golang::suite::Tail::text);
    let text = if own.trim().is_empty() { said.to_owned() } else { own };
    Some(Problem::new(outcome, format!("{} in {path}", outcome.word()), text))
}
