//! Runs the go command for tools: in the repository's workspace, without the job's secrets, with errors converted to
//! locations.

mod diagnostic;
mod goflags;
mod inputs;
mod modules;
mod other_modules;
mod outside;
mod patterns;
mod pinned;
mod processes;
mod require_module;
mod sealed;
mod sources;
mod test_events;
mod variables;
mod whole;

pub use diagnostic::diagnostics;
pub use goflags::{flag, uncaching_flag, unobservable_flag};
pub use inputs::{Inputs, SETTINGS, without_run};
pub use modules::{Modules, Place};
pub use other_modules::other_modules;
pub use outside::outside_failure;
pub use patterns::patterns;
pub use pinned::{pin, pinned};
pub use processes::{Folders, OBSERVE, Processes, observer, test_folders};
pub use require_module::MODULE;
pub use sealed::{protect, run_with_protected_modules, sealed_go};
pub use sources::{Sources, package_digest};
pub use test_events::run_tests;
pub use variables::{differs_from_run_to_run, variable_digests};
pub use whole::{EMBEDDING, Whole, are_caches_spared, reused_from, spare_caches, use_caches};

use robot_contract::{Context, Failure};
use robot_process::{Command, Finished, ProcessError};

/// `go <verb>` with build tags, if there are any. It may run code that the repository chooses, so it gets none of the
/// job's secrets.
pub fn go(context: &Context, verb: &str, tags: &[String]) -> Command {
    with_verb(context.untrusted(Command::new("go")), verb, tags)
}

fn with_verb(command: Command, verb: &str, tags: &[String]) -> Command {
    let command = command.arg(verb);
    if tags.is_empty() { command } else { command.arg(format!("-tags={}", tags.join(","))) }
}

/// Runs it to the end. A non-zero exit is not an error here.
///
/// # Errors
/// There is no go command, or it cannot be started.
pub fn run(command: &Command, context: &Context) -> Result<Finished, Failure> {
    command.run(&context.cancellation).map_err(|error| not_started(&error))
}

/// The failure for a missing go command.
pub fn not_started(error: &ProcessError) -> Failure {
    Failure::external("the go command could not be started")
        .caused_by(error)
        .hint("install Go, or run actions/setup-go before this step")
}

/// The output of a failed go command, without messages about downloads; `None` after a success.
pub fn errors(finished: &Finished) -> Option<String> {
    let said = String::from_utf8_lossy(&finished.stderr);
    let lines = said.lines().filter(|line| !line.starts_with("go: downloading "));
    (!finished.success()).then(|| lines.collect::<Vec<_>>().join("\n"))
}
