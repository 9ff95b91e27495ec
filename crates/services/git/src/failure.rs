//! Errors of git commands.

use robot_contract::{Context, Failure};
use robot_process::{Finished, ProcessError};

/// git could not be run.
pub(crate) fn broke_off(arguments: &[&str], error: &ProcessError) -> Failure {
    let failure =
        Failure::external(format!("`git {}` could not be run", verb(arguments))).caused_by(error);
    match error {
        ProcessError::NotFound { .. } => failure.hint("install git, or use an image that has it"),
        _ => failure,
    }
}

/// git ran and failed.
pub(crate) fn refused(context: &Context, arguments: &[&str], finished: &Finished) -> Failure {
    if finished.cancelled {
        return Failure::interrupted(format!("`git {}` was interrupted", verb(arguments)));
    }
    let what = format!("`git {}` ended with {}", verb(arguments), finished.status());
    let said = String::from_utf8_lossy(&finished.stderr);
    let said = said.trim();
    if said.is_empty() {
        return Failure::external(what);
    }
    let failure = Failure::external(format!("{what}: {said}"));
    if said.contains("dubious ownership") {
        let folder = context.directory.display();
        return failure.hint(format!(
            "run `git config --global --add safe.directory {folder}` before this step"
        ));
    }
    if said.contains("not a git repository") {
        return failure.hint("check the repository out with actions/checkout before this step");
    }
    failure
}

/// The git command: the first word that is not an option of git itself.
fn verb<'a>(arguments: &[&'a str]) -> &'a str {
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match *word {
            "-c" => drop(words.next()),
            word => return word,
        }
    }
    ""
}
