//! Verifies the module cache against go.sum.
//!
//! A job may restore what another job of the same pull request saved after its code ran. go itself checks a module's
//! hash only when it downloads it.

use robot_contract::{Context, Failure};

/// Result of `go mod verify`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Modules {
    /// Every module in the cache is unmodified.
    Verified,
    /// Modules were modified, with go's message.
    Changed(String),
    /// `go mod verify` failed, and why.
    Unknown(String),
}

/// Verifies all modules that the build needs.
///
/// # Errors
/// There is no go command.
pub(crate) fn verify(context: &Context) -> Result<Modules, Failure> {
    let command = robot_go_command::go(context, "mod", &[]).arg("verify");
    let finished = robot_go_command::run(&command, context)?;
    if finished.success() {
        return Ok(Modules::Verified);
    }
    let said = String::from_utf8_lossy(&finished.stdout).into_owned()
        + &String::from_utf8_lossy(&finished.stderr);
    let is_changed = |line: &&str| {
        ["has been modified", "missing ziphash", "unexpected"].iter().any(|it| line.contains(it))
    };
    let changed: Vec<&str> = said.lines().filter(is_changed).collect();
    if changed.is_empty() {
        Ok(Modules::Unknown(said))
    } else {
        Ok(Modules::Changed(changed.join("\n")))
    }
}

/// Empties the module cache. go downloads again what it needs.
///
/// # Errors
/// go cannot empty it.
pub(crate) fn throw_away(context: &Context) -> Result<(), Failure> {
    let command = robot_go_command::go(context, "clean", &[]).arg("-modcache");
    let finished = robot_go_command::run(&command, context)?;
    match robot_go_command::errors(&finished) {
        None => Ok(()),
        Some(errors) => Err(Failure::external(format!("`go clean -modcache` failed: {errors}"))
            .hint("delete the repository's module cache on GitHub (Actions, Caches)")),
    }
}
