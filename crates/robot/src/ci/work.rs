//! Which steps of the pipeline have work, before caches are restored: the settings are read, nothing is run.

use super::plan::plan;
use super::planned::Work;
use super::{Ci, Input};
use robot_contract::{Context, Failure, Verb};
use std::path::PathBuf;

/// Steps that have work, with the reason.
///
/// # Errors
/// The settings are invalid, or there is no go command.
pub(super) fn has_work(
    unrestored: &[PathBuf],
    context: &mut Context,
) -> Result<Vec<(String, String)>, Failure> {
    let resolved = (Verb::of::<Ci>().resolve)(None, &context.environment, &context.file)?;
    let input: Input = resolved.assignment.settings::<Ci>()?;
    let steps =
        plan(&input.steps, input.fresh, &crate::tools(), &resolved.provenance, &context.file)?;
    let before = context.environment.clone();
    // As the pipeline does before its first step.
    let fixed = robot_go_command::pin(context);
    let mut with_work = Vec::new();
    for step in steps {
        let idle = match &step.work {
            Work::Uses { verb, settings } => {
                verb.is_idle(&settings.assignment, unrestored, context)
            }
            Work::Run(_) => Err("a shell command always runs".to_owned()),
            Work::Skip(_) => Ok(()),
        };
        if let Err(why) = idle {
            with_work.push((step.name, why));
        }
    }
    context.environment = before;
    fixed.map(|()| with_work)
}
