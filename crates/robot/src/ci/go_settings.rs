//! Go's settings, and where its tools keep results, as they are before any step runs.

use robot_contract::{Context, Seal};
use robot_process::Command;
use std::path::PathBuf;

/// Empty where there is no go, or where it cannot work: its tools say so.
#[derive(Debug, Default)]
pub(crate) struct GoSettings {
    variables: Vec<(String, String)>,
    kept: Option<PathBuf>,
}

impl GoSettings {
    /// Asks go.
    pub(crate) fn read(context: &Context) -> Self {
        let Ok(variables) = robot_go_command::pinned(context) else { return Self::default() };
        let kept = robot_go_command::kept_folder(context).ok();
        let kept = kept.filter(|kept| kept.is_absolute());
        if let Some(kept) = &kept {
            // What is not there cannot be hidden, and could be made.
            let _ = fs_err::create_dir_all(kept);
        }
        Self { variables, kept }
    }

    /// A tool of ours, whose go obeys no file that an earlier step wrote.
    pub(crate) fn fixed(&self, command: Command) -> Command {
        self.variables.iter().fold(command, |command, (name, value)| command.env(name, value))
    }

    /// What a line of a shell does not see: passes that a tool would repeat.
    pub(crate) fn seal(&self) -> Seal {
        Seal { hidden: self.kept.iter().cloned().collect(), ..Seal::default() }
    }
}
