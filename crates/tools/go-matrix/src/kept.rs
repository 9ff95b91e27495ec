//! Verdicts of cells that earlier runs kept, and what a cell's verdict is reached from: all sources, the settings, the
//! variables, Go's settings, and what tests and embedded files were seen to read.

use crate::CellOutcome;
use crate::cell::Cell;
use crate::input::Input;
use crate::trial::{Basis, Problem, Trial};
use robot_contract::{Context, Failure, Key, Shelf};
use robot_go_command::{Inputs, Sources};
use robot_model::Verdict;
use serde::{Deserialize, Serialize};

/// Changes when verdicts that earlier versions kept must not be believed any more.
const RULES: &str = "1";

/// What is kept of a cell.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Value {
    outcome: CellOutcome,
    problems: Vec<Problem>,
    seconds: f64,
}

/// Kept verdicts of all cells of a run.
pub(crate) struct KeptCells {
    shelf: Shelf,
    /// What all cells depend on; or why nothing is kept.
    inputs: Result<Inputs, String>,
}

impl KeptCells {
    /// Reads all that cells depend on.
    ///
    /// # Errors
    /// There is no go command.
    pub(crate) fn open(settings: &Input, context: &Context) -> Result<Self, Failure> {
        let shelf = context.kept();
        // A cell's Go is in its name.
        let mut inputs = Inputs::read(context, &settings.tags, "test", Some("local"))?;
        if let Ok(Inputs { key, .. }) = &mut inputs {
            key.text("rules of go-matrix", RULES);
            key.text("packages", settings.packages.join(" "));
            key.text("race", settings.race.to_string());
            key.text("timeout", settings.timeout.clone());
        }
        Ok(Self { shelf, inputs })
    }

    /// The sources of the repository; or why they are not known.
    pub(crate) fn sources(&self) -> Result<&Sources, String> {
        self.inputs.as_ref().map(|inputs| &inputs.sources).map_err(Clone::clone)
    }

    fn key(&self, cell: &Cell) -> Result<Key, String> {
        let inputs = self.inputs.as_ref().map_err(Clone::clone)?;
        Ok(inputs.key.about(cell.name()))
    }

    /// A cell's verdict, while all that it was reached from is as it was.
    ///
    /// # Errors
    /// Why it has to be tried.
    pub(crate) fn look_up(&self, cell: &Cell) -> Result<Trial, String> {
        let kept = self.shelf.look_up::<Value>(&self.key(cell)?).map_err(|why| why.to_string())?;
        let Value { outcome, problems, seconds } = kept.value;
        // The two are written together.
        if outcome.verdict() != kept.verdict {
            return Err(
                "the kept verdict is not valid: its fields contradict each other".to_owned()
            );
        }
        let basis = Basis::Kept { commit: kept.commit };
        Ok(Trial { cell: cell.clone(), outcome, problems, seconds, basis })
    }

    /// Keeps the verdict of a cell that was tried; notes in it why that cannot be done.
    pub(crate) fn keep(&self, trial: &mut Trial, context: &Context) {
        let Basis::Tried { reads, not_kept, .. } = &mut trial.basis else { return };
        let Ok(key) = self.key(&trial.cell) else { return };
        let reads = std::mem::take(reads);
        let now = Sources::read(context);
        let is_same = matches!((&now, self.sources()), (Ok(now), Ok(before)) if now == before);
        if not_kept.is_none() && !is_same {
            *not_kept = Some("its sources changed while it ran".to_owned());
        }
        let verdict = match not_kept {
            None => trial.outcome.verdict(),
            // Nor does an older verdict of the same inputs hold beside this one.
            Some(_) => Verdict::Inconclusive,
        };
        let value = Value {
            outcome: trial.outcome,
            problems: trial.problems.clone(),
            seconds: trial.seconds,
        };
        if let Err(why) = self.shelf.keep(&key, verdict, &reads, &value) {
            *not_kept = Some(why);
        }
    }

    /// Bounds what is kept.
    pub(crate) fn tidy(&self) {
        self.shelf.tidy();
    }
}
