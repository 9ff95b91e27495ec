//! `go-matrix merge`: the results of all jobs as one table and one verdict.

use crate::cell::Cell;
use crate::cell::Pattern;
use crate::prepare::Stopped;
use crate::results;
use crate::trial::Trial;
use crate::{Cause, Output};
use robot_contract::{Action, Context, Failure, Outcome, Provenance};
use robot_model::{Block, Report, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// `go-matrix merge`: after the jobs of a workflow's matrix.
#[derive(Debug)]
pub struct Merge;

/// Settings of `go-matrix merge`.
#[derive(Debug, Clone, clap::Args, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct MergeInput {
    /// Folder with the results of the jobs, one folder below for each
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: String,
    /// Cells that have to have a result: output `plan` of `go-matrix plan`
    #[arg(long, value_name = "CELL", value_delimiter = ',')]
    pub plan: Vec<String>,
    /// Cells whose failure is a warning
    #[arg(skip)]
    pub allow_failure: Vec<Pattern>,
}

impl Action for Merge {
    const TOOL: &'static str = "go-matrix";
    const VERB: Option<&'static str> = Some("merge");
    const ABOUT: &'static str = "Compose the results of all jobs into one table and one verdict";
    const GATE: bool = true;
    type Input = MergeInput;
    type Settings = MergeInput;
    type Output = Output;
    type Cause = Cause;

    fn resolve(input: MergeInput, provenance: &Provenance) -> Result<MergeInput, Failure> {
        if let Some(wrong) = input.plan.iter().find(|name| Cell::parse(name).is_none()) {
            let place = provenance.place("plan");
            return Err(Failure::config(format!("{place}: `{wrong}` is not a cell"))
                .hint("pass on the output `plan` of `go-matrix plan`"));
        }
        Ok(input)
    }

    fn execute(
        settings: MergeInput,
        context: &mut Context,
    ) -> Result<Outcome<Output, Cause>, Failure> {
        let wanted = settings.plan.iter().filter_map(|name| Cell::parse(name));
        let mut known = BTreeSet::new();
        // In the order of the plan, in which versions follow each other.
        let wanted: Vec<Cell> = wanted.filter(|cell| known.insert(cell.clone())).collect();
        if wanted.is_empty() {
            return Ok(without_plan());
        }
        let folder = context.absolute(&settings.results);
        let (left, mut refused) = results::gather(&folder, context);
        let foreign = left.iter().filter(|trial| !wanted.contains(&trial.cell)).count();
        if foreign > 0 {
            refused.push(format!("{foreign} results are of cells that are not in the plan"));
        }
        let trials = compose(&wanted, left);
        let is_allowed =
            |cell: &Cell| settings.allow_failure.iter().any(|pattern| cell.fits(pattern));
        let mut outcome = crate::decide(&trials, &[], is_allowed);
        outcome.report.push(Block::text(refused.join("\n")));
        Ok(outcome)
    }
}

/// Without a plan it is not known which results are missing.
fn without_plan() -> Outcome<Output, Cause> {
    let mut report = Report::new("`plan` is missing: it is not known which cells need a result");
    report.push(Block::text(
        "set `plan` to the output `plan` of `go-matrix plan`; in a workflow it is empty if the job that plans failed",
    ));
    Outcome::because(Verdict::Inconclusive, Cause::NoPlan, Output::default(), report)
}

/// One trial for each cell of the plan: the gravest of those that jobs left, and one that says so where none did.
fn compose(wanted: &[Cell], left: Vec<Trial>) -> Vec<Trial> {
    let mut left: Vec<Option<Trial>> = left.into_iter().map(Some).collect();
    let trial = |cell: &Cell| {
        let own = left.iter_mut().filter(|it| it.as_ref().is_some_and(|it| it.cell == *cell));
        let gravest = own.filter_map(Option::take).max_by_key(|trial| trial.outcome);
        gravest.unwrap_or_else(|| {
            let why = "no job left a result of it".to_owned();
            Trial::stopped(cell, Stopped::inconclusive(why))
        })
    };
    wanted.iter().map(trial).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CellOutcome;

    #[test]
    fn a_cell_without_a_result_is_inconclusive_and_the_gravest_counts() {
        let cell = |name: &str| Cell::parse(name).unwrap();
        let trial = |name: &str, outcome: CellOutcome| Trial {
            outcome,
            ..Trial::stopped(&cell(name), Stopped::inconclusive(String::new()))
        };
        let wanted = ["go1.21.1", "go1.22.1", "go1.23.1"].map(cell);
        let left = vec![
            trial("go1.21.1", CellOutcome::Fail),
            trial("go1.21.1", CellOutcome::Pass),
            trial("go1.22.1", CellOutcome::Pass),
            trial("go1.99.1", CellOutcome::Pass),
        ];
        let composed = compose(&wanted, left);
        let outcomes: Vec<CellOutcome> = composed.iter().map(|trial| trial.outcome).collect();
        assert_eq!(outcomes, [CellOutcome::Fail, CellOutcome::Pass, CellOutcome::Inconclusive]);
        assert!(composed[2].problems[0].text.contains("no job left a result"));
    }
}
