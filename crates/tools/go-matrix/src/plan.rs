//! `go-matrix plan`: the cells, divided among the jobs of a workflow's matrix.

use crate::cell::{Cell, Pattern};
use crate::input::Axes;
use crate::request::Request;
use crate::{input, prepare};
use robot_contract::{Action, Context, Failure, Outcome, Provenance, Requirement};
use robot_model::{Report, Table, Verdict};
use robot_render::counted;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// `go-matrix plan`: before the jobs of a workflow's matrix.
#[derive(Debug)]
pub struct Plan;

/// Settings of `go-matrix plan`.
#[derive(Debug, Clone, clap::Args, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PlanInput {
    /// Go versions: 1.22 (its newest release), 1.22.3, stable, oldstable, 1.19-1.22 (the newest release of each)
    #[arg(long, value_name = "VERSION", value_delimiter = ',', default_value = "oldstable,stable")]
    #[schemars(with = "Vec<String>")]
    pub go: Vec<Request>,
    /// Versions of modules to test with, by module path: those of an SDK
    #[arg(skip)]
    pub modules: BTreeMap<String, Vec<String>>,
    /// Cells to leave out: `go` and module paths with a version each; `go: "1.19"` means all its releases
    #[arg(skip)]
    pub exclude: Vec<Pattern>,
    /// Cells that a pull request tests [default: all]
    #[arg(skip)]
    pub pull_request: Vec<Pattern>,
    /// Jobs at most that the cells are divided among
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub jobs: usize,
}

/// The plan.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PlanOutput {
    /// For `strategy.matrix`: `{"include": [{"job": 1, "cells": "…"}]}`
    pub matrix: String,
    /// All cells, comma-separated, as `merge` takes them
    pub plan: String,
    /// Number of jobs
    pub jobs: usize,
}

/// Why there is nothing to plan.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlanCause {
    /// There is no cell
    NoCells,
}

impl robot_contract::Cause for PlanCause {}

impl Action for Plan {
    const TOOL: &'static str = "go-matrix";
    const VERB: Option<&'static str> = Some("plan");
    const ABOUT: &'static str = "Divide the cells among the jobs of a workflow's matrix";
    const REQUIRES: &'static [Requirement] = &[robot_go_command::MODULE];
    type Input = PlanInput;
    type Settings = PlanInput;
    type Output = PlanOutput;
    type Cause = PlanCause;

    fn resolve(input: PlanInput, provenance: &Provenance) -> Result<PlanInput, Failure> {
        input::check(&input.axes(), &[], provenance)?;
        if input.jobs == 0 || input.jobs > crate::cell::CELLS {
            let place = provenance.place("jobs");
            let most = crate::cell::CELLS;
            return Err(Failure::config(format!(
                "{place}: invalid value `{}`: expected 1 to {most}",
                input.jobs
            )));
        }
        Ok(input)
    }

    fn execute(
        settings: PlanInput,
        context: &mut Context,
    ) -> Result<Outcome<PlanOutput, PlanCause>, Failure> {
        robot_go_command::pin(context)?;
        let known = prepare::known(&settings.go, context)?;
        let cells = crate::cells(&settings.axes(), &known, context)?;
        let jobs = divide(&cells, settings.jobs);
        let mut table = Table::new("Jobs", ["job", "cells"]);
        let mut include = Vec::new();
        for (index, cells) in jobs.iter().enumerate() {
            let names: Vec<String> = cells.iter().map(|cell| cell.name()).collect();
            let shown: Vec<String> = cells.iter().map(ToString::to_string).collect();
            table.row([(index + 1).to_string(), shown.join("; ")]);
            include.push(json!({ "job": index + 1, "cells": names.join(",") }));
        }
        let (cells_told, jobs_told) = (counted(cells.len(), "cell"), counted(jobs.len(), "job"));
        let mut report = Report::new(format!("{cells_told} in {jobs_told}"));
        report.push(robot_model::Block::Table(table));
        let names: Vec<String> = cells.iter().map(Cell::name).collect();
        let output = PlanOutput {
            matrix: json!({ "include": include }).to_string(),
            plan: names.join(","),
            jobs: jobs.len(),
        };
        let reasons = cells.is_empty().then_some((Verdict::Inconclusive, PlanCause::NoCells));
        Ok(Outcome::decided(reasons, output, report))
    }
}

impl PlanInput {
    fn axes(&self) -> Axes<'_> {
        Axes {
            go: &self.go,
            modules: &self.modules,
            exclude: &self.exclude,
            pull_request: &self.pull_request,
        }
    }
}

/// Cells of as few Go versions as possible in each job, as a version's objects are shared by its cells; numbers of
/// cells differ by one at most.
fn divide(cells: &[Cell], jobs: usize) -> Vec<Vec<&Cell>> {
    let mut sorted: Vec<&Cell> = cells.iter().collect();
    sorted.sort_by_key(|cell| cell.go);
    let count = jobs.min(cells.len());
    let mut rest = sorted.as_slice();
    (0..count)
        .map(|index| {
            let (part, after) = rest.split_at(rest.len().div_ceil(count - index));
            rest = after;
            part.to_vec()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_is_in_one_job_and_jobs_are_alike() {
        let cells: Vec<Cell> = (0..10)
            .map(|number| Cell::parse(&format!("go1.22.{} m@v1.{}", number % 3, number)).unwrap())
            .collect();
        for jobs in [1, 3, 4, 10, 20] {
            let divided = divide(&cells, jobs);
            assert_eq!(divided.len(), jobs.min(10));
            let sizes: Vec<usize> = divided.iter().map(Vec::len).collect();
            let (least, most) = (sizes.iter().min().unwrap(), sizes.iter().max().unwrap());
            assert!(most - least <= 1, "{sizes:?}");
            let mut all: Vec<&Cell> = divided.concat();
            all.sort();
            all.dedup();
            assert_eq!(all.len(), 10);
        }
        assert!(divide(&[], 4).is_empty());
    }
}
