//! Asks the bundle's pipeline which of its steps have work, before anything is restored.

use robot_contract::Context;
use robot_model::{Block, Table};
use std::path::PathBuf;

/// Largest number of reasons that are shown.
const SHOWN: usize = 20;

/// Steps that have work, with the reason.
///
/// # Errors
/// Why that is not known.
pub(crate) fn steps(
    unrestored: &[PathBuf],
    context: &mut Context,
) -> Result<Vec<(String, String)>, String> {
    let Some(has_work) = context.has_work else {
        return Err("this program has no pipeline".to_owned());
    };
    // go must not download what is to be restored, such as the toolchain of go.mod.
    let ask = robot_go_command::go(context, "env", &[]).arg("GOVERSION").env("GOPROXY", "off");
    let asked = robot_go_command::run(&ask, context).map_err(|failure| failure.to_string())?;
    if let Some(errors) = robot_go_command::errors(&asked) {
        return Err(format!("the Go of this module is not installed: {errors}"));
    }
    has_work(unrestored, context).map_err(|failure| failure.record().message.clone())
}

/// The steps in a table, or why they are not known.
pub(crate) fn told(steps: &Result<Vec<(String, String)>, String>) -> Block {
    match steps {
        Ok(steps) => {
            let mut table = Table::new("Steps that have work", ["step", "why"]);
            steps.iter().take(SHOWN).for_each(|(step, why)| table.row([step.as_str(), why]));
            table.omitted = steps.len().saturating_sub(SHOWN) as u64;
            Block::Table(table)
        }
        Err(why) => Block::text(format!("it is not known which steps have work: {why}")),
    }
}
