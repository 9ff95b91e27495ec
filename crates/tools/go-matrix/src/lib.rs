//! `go-matrix`: every Go version with every version of an SDK, on one runner.
//!
//! Cells share the module and build caches of the machine; a toolchain comes through `GOTOOLCHAIN` from the
//! module proxy. The work tree is not written to: a cell with module versions of its own has a go.mod of its
//! own (`-modfile`). The verdict of a cell is kept, and repeated while all that it was reached from is as it was.

mod cell;
mod input;
mod kept;
mod merge;
mod outcome;
mod plan;
mod preflight;
mod prepare;
mod report;
mod request;
mod results;
mod signature;
mod trial;
mod workspace;

pub use cell::Pattern;
pub use input::Input;
pub use merge::{Merge, MergeInput};
pub use outcome::CellOutcome;
pub use plan::{Plan, PlanCause, PlanInput, PlanOutput};
pub use request::Request;
pub use results::CellResults;

use cell::{CELLS, Cell};
use input::Axes;
use kept::KeptCells;
use prepare::Stopped;
use robot_contract::{
    Action, Context, Failure, Outcome, Provenance, Requirement, ResultExt, Tool, Verb,
};
use robot_golang::version::Version;
use robot_model::{Metric, Verdict};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use trial::{Basis, Trial};

/// The tool and its verbs.
pub fn tool() -> Tool {
    Tool {
        verbs: vec![Verb::of::<GoMatrix>(), Verb::of::<Plan>(), Verb::of::<Merge>()],
        helpers: &[robot_go_command::OBSERVE],
        has_work: None,
        ..Tool::of::<GoMatrix>()
    }
}

/// Tests a robot with several versions of Go and of modules.
#[derive(Debug)]
pub struct GoMatrix;

/// What the cells came to.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// Outcome of each cell, as JSON
    pub cells: BTreeMap<String, CellOutcome>,
    /// Cells that work
    pub passed: usize,
    /// Cells that do not work
    pub failed: usize,
    /// Cells that a file says cannot work
    pub unsupported: usize,
    /// Cells whose verdict of an earlier run still holds
    pub reused: usize,
}

/// Why the matrix is not simply a pass.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A cell does not work
    Failed,
    /// A cell that may fail does not work
    AllowedFailure,
    /// A cell works with a warning
    Warned,
    /// A cell could not be tried
    NotTried,
    /// No cell can work
    AllUnsupported,
    /// There is no cell
    NoCells,
    /// `merge` got no plan
    NoPlan,
}

impl robot_contract::Cause for Cause {}

impl Action for GoMatrix {
    const TOOL: &'static str = "go-matrix";
    const VERB: Option<&'static str> = None;
    const ABOUT: &'static str = "Test with every Go version and SDK version on one runner";
    const GATE: bool = true;
    const KEEPS: bool = true;
    const REQUIRES: &'static [Requirement] = &[robot_go_command::MODULE];
    type Input = Input;
    type Settings = Input;
    type Output = Output;
    type Cause = Cause;

    fn resolve(input: Input, provenance: &Provenance) -> Result<Input, Failure> {
        input::resolve(input, provenance)
    }

    fn is_idle(settings: Input, context: &mut Context) -> Result<(), String> {
        let told = |failure: Failure| failure.record().message.clone();
        robot_go_command::pin(context).map_err(told)?;
        let (_, cells) = own_cells(&settings, context).map_err(told)?;
        let kept = KeptCells::open(&settings, context).map_err(told)?;
        let own = preflight::own_files(context);
        for cell in &cells {
            let is_stopped =
                own.iter().any(|(name, file)| preflight::obstacle(cell.go, file, name).is_some());
            if !is_stopped {
                kept.look_up(cell).map_err(|why| format!("{cell}: {why}"))?;
            }
        }
        Ok(())
    }

    fn execute(settings: Input, context: &mut Context) -> Result<Outcome<Output, Cause>, Failure> {
        robot_go_command::pin(context)?;
        let (known, cells) = own_cells(&settings, context)?;
        let folder = context.output_directory()?.join("go-matrix");
        let _ = fs_err::remove_dir_all(&folder);
        fs_err::create_dir_all(&folder)
            .or_external(|| "the folder for cells cannot be created".to_owned())?;
        let kept = context.phase("sources", |context| KeptCells::open(&settings, context))?;
        let trials = context
            .phase("cells", |context| run_all(&cells, &settings, &kept, &folder, context))?;
        kept.tidy();
        let is_allowed =
            |cell: &Cell| settings.allow_failure.iter().any(|pattern| cell.fits(pattern));
        let outcome = decide(&trials, &known, is_allowed);
        CellResults::of(&trials, context)
            .leave(&context.output_directory()?)
            .or_external(|| "the results of cells cannot be written".to_owned())?;
        if context.cancellation.is_cancelled() {
            return Err(Failure::interrupted("interrupted while cells ran"));
        }
        Ok(outcome)
    }
}

/// The cells of this run, and all releases of Go where they were listed.
fn own_cells(
    settings: &Input,
    context: &mut Context,
) -> Result<(Vec<Version>, Vec<Cell>), Failure> {
    if !settings.cells.is_empty() {
        let cells = settings.cells.iter().filter_map(|name| Cell::parse(name));
        return Ok((Vec::new(), cells.collect()));
    }
    let known = prepare::known(&settings.go, context)?;
    let cells = cells(&settings.axes(), &known, context)?;
    Ok((known, cells))
}

/// The verdict on all cells. `known` are all releases of Go, where they were listed.
fn decide(
    trials: &[Trial],
    known: &[Version],
    is_allowed: impl Fn(&Cell) -> bool,
) -> Outcome<Output, Cause> {
    let report = report::write(trials, known, &is_allowed);
    let mut reasons: Vec<(Verdict, Cause)> =
        trials.iter().filter_map(|trial| reason(trial, is_allowed(&trial.cell))).collect();
    let is_unsupported = |trial: &Trial| trial.outcome == CellOutcome::Unsupported;
    if trials.is_empty() {
        reasons.push((Verdict::Inconclusive, Cause::NoCells));
    } else if trials.iter().all(is_unsupported) {
        reasons.push((Verdict::Inconclusive, Cause::AllUnsupported));
    }
    let count =
        |of: &dyn Fn(CellOutcome) -> bool| trials.iter().filter(|trial| of(trial.outcome)).count();
    let output = Output {
        passed: count(&|outcome| matches!(outcome, CellOutcome::Pass | CellOutcome::Warn)),
        failed: count(&|outcome| outcome.verdict() == Verdict::Fail),
        unsupported: count(&|outcome| outcome == CellOutcome::Unsupported),
        reused: trials.iter().filter(|trial| trial.is_kept()).count(),
        cells: trials.iter().map(|it| (it.cell.to_string(), it.outcome)).collect(),
    };
    let tried = trials.iter().filter(|trial| !trial.is_kept());
    let seconds = tried.map(|trial| trial.seconds).sum();
    let metrics = vec![Metric::measured("matrix.cells", "s", seconds)];
    Outcome::decided(reasons, output, report).measured(metrics)
}

/// What a cell does to the verdict.
fn reason(trial: &Trial, is_allowed: bool) -> Option<(Verdict, Cause)> {
    Some(match trial.outcome.verdict() {
        Verdict::Pass | Verdict::Skipped => return None,
        Verdict::Fail if is_allowed => (Verdict::Warn, Cause::AllowedFailure),
        Verdict::Fail => (Verdict::Fail, Cause::Failed),
        Verdict::Warn => (Verdict::Warn, Cause::Warned),
        Verdict::Inconclusive => (Verdict::Inconclusive, Cause::NotTried),
    })
}

/// The cells of this run.
fn cells(axes: &Axes<'_>, known: &[Version], context: &Context) -> Result<Vec<Cell>, Failure> {
    let mut go = Vec::new();
    for request in axes.go {
        let releases = request.releases(known);
        if releases.is_empty() {
            return Err(Failure::config(format!(
                "{}: there is no release `{request}` of Go",
                context.provenance.place("go")
            ))
            .hint("`go list -m -versions go` lists all releases"));
        }
        go.extend(releases);
    }
    go.sort_unstable();
    go.dedup();
    let mut cells = cell::cells(&go, axes.modules, axes.exclude);
    if cells.len() > CELLS {
        return Err(Failure::config(format!(
            "{}: the matrix has more than {CELLS} cells",
            context.provenance.place("modules")
        ))
        .hint("leave cells out with `exclude`"));
    }
    let is_pull_request = context.run.identity.pull_request.is_some();
    if is_pull_request && !axes.pull_request.is_empty() {
        cells.retain(|cell| axes.pull_request.iter().any(|pattern| cell.fits(pattern)));
    }
    Ok(cells)
}

/// The verdict of a cell: that of an earlier run, where it holds.
fn try_cell(
    cell: &Cell,
    settings: &Input,
    kept: &KeptCells,
    folder: &Path,
    context: &Context,
) -> Result<Trial, Failure> {
    let why = match kept.look_up(cell) {
        Ok(trial) => return Ok(trial),
        Err(why) => why,
    };
    let folder = folder.join(cell.file_name());
    let mut trial = trial::run(cell, settings, kept.sources(), &folder, context)?;
    if let Basis::Tried { because, .. } = &mut trial.basis {
        *because = why;
    }
    if !context.cancellation.is_cancelled() {
        kept.keep(&mut trial, context);
    }
    Ok(trial)
}

/// Runs all cells, as many at a time as there are cores.
fn run_all(
    cells: &[Cell],
    settings: &Input,
    kept: &KeptCells,
    folder: &Path,
    context: &Context,
) -> Result<Vec<Trial>, Failure> {
    let own = preflight::own_files(context);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let workers = settings.parallel.unwrap_or(cores).clamp(1, cells.len().max(1));
    let next = AtomicUsize::new(0);
    let trials = Mutex::new(BTreeMap::new());
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(cell) = cells.get(index) else { return };
            let trial = match own
                .iter()
                .find_map(|(name, file)| preflight::obstacle(cell.go, file, name))
            {
                Some(why) => Ok(Trial::stopped(cell, Stopped::unsupported(why))),
                None if context.cancellation.is_cancelled() => Ok(Trial::stopped(
                    cell,
                    Stopped::inconclusive("interrupted before it started".into()),
                )),
                None => try_cell(cell, settings, kept, folder, context),
            };
            let mut trials = trials.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            trials.insert(index, trial);
        }
    };
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
    let trials = trials.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    trials.into_values().collect()
}
