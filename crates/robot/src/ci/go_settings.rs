//! Reads Go's settings and the folders of its tools before any step runs.

use robot_contract::{Context, Seal};
use robot_process::Command;
use std::path::PathBuf;

/// Empty if there is no go command or it fails; then the Go tools report it.
#[derive(Debug, Default)]
pub(crate) struct GoSettings {
    variables: Vec<(String, String)>,
    kept: Option<PathBuf>,
}

impl GoSettings {
    /// Runs `go env`.
    pub(crate) fn read(context: &Context) -> Self {
        let Ok(variables) = robot_go_command::pinned(context) else { return Self::default() };
        let kept = robot_go_command::kept_folder(context).ok();
        let kept = kept.filter(|kept| kept.is_absolute());
        if let Some(kept) = &kept {
            // A folder that does not exist cannot be hidden, and could be created later.
            let _ = fs_err::create_dir_all(kept);
        }
        Self { variables, kept }
    }

    /// Sets the fixed Go settings for a tool, so that its go commands ignore files that an earlier step wrote.
    pub(crate) fn fixed(&self, command: Command) -> Command {
        self.variables.iter().fold(command, |command, (name, value)| command.env(name, value))
    }

    /// Hides passes that a tool could reuse from shell commands.
    pub(crate) fn seal(&self) -> Seal {
        Seal { hidden: self.kept.iter().cloned().collect(), ..Seal::default() }
    }
}
