//! The kept verdict that everything was built, which refers to those of the programs.

use crate::compile::Compiled;
use crate::link::Linked;
use crate::{Cause, Input, Output};
use robot_contract::{Context, Failure, Kept, Outcome, Reference};
use robot_go_command::{Whole, reused_from};
use robot_golang::package_list::Package;
use robot_model::{Block, Report};
use robot_render::counted;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Built {
    packages: usize,
    programs: Vec<(String, Reference)>,
}

/// # Errors
/// There is no go command.
pub(crate) fn open(input: &Input, context: &Context) -> Result<Whole, Failure> {
    Whole::open(context, "build", &input.tags, input)
}

/// That everything was built from the same inputs.
///
/// # Errors
/// Why it has to be built.
pub(crate) fn look_up(whole: &Whole) -> Result<Kept<Built>, String> {
    let kept = whole.look_up::<Built>()?;
    for (program, reference) in &kept.value.programs {
        whole.follow::<()>(reference).map_err(|why| format!("{program}: {why}"))?;
    }
    Ok(kept)
}

/// The outcome of an earlier run.
pub(crate) fn outcome(kept: &Kept<Built>) -> Outcome<Output, Cause> {
    let Built { packages, programs } = &kept.value;
    let programs = programs.len();
    let mut report = Report::new(format!(
        "{} and {} are known to build",
        counted(*packages, "package"),
        counted(programs, "program")
    ));
    report.push(Block::text(reused_from(kept.commit.as_deref())));
    Outcome::pass(Output { packages: *packages, programs, reused_programs: programs }, report)
}

/// Keeps that everything was built, unless it is not known what a part of it depends on.
pub(crate) fn keep(whole: &Whole, compiled: &Compiled, linked: &Linked, context: &Context) {
    let packages: Vec<Package> = compiled.packages.values().cloned().collect();
    match &linked.references {
        Some(programs) if compiled.own().next().is_some() => {
            let value = Built { packages: compiled.own().count(), programs: programs.clone() };
            // What is not kept is built again.
            let _ = whole.keep(context, &packages, &value);
        }
        _ => whole.forget(),
    }
}
