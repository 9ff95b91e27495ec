//! Reads Go's settings before any step runs.

use robot_contract::Context;
use robot_process::Command;

/// Empty if there is no go command or it fails; then the Go tools report it.
#[derive(Debug, Default)]
pub(crate) struct GoSettings {
    variables: Vec<(String, String)>,
}

impl GoSettings {
    /// Runs `go env`.
    pub(crate) fn read(context: &Context) -> Self {
        Self { variables: robot_go_command::pinned(context).unwrap_or_default() }
    }

    /// Sets the fixed Go settings for a tool, so that its go commands ignore files that an earlier step wrote.
    pub(crate) fn fixed(&self, command: Command) -> Command {
        self.variables.iter().fold(command, |command, (name, value)| command.env(name, value))
    }
}
