//! One `go test` of some packages of a layer, the first time or again.

use crate::input::ResolvedLayer;
use crate::layer_run::LayerRun;
use crate::toolchain::{self, Toolchain};
use robot_contract::{Context, Failure, ResultExt};
use robot_go_command::Processes;
use robot_golang::suite::Suite;
use robot_process::{Command, Finished};
use std::path::{Path, PathBuf};

/// How tests are run, for all layers.
pub(crate) struct Plan<'a> {
    pub(crate) coverage: bool,
    pub(crate) reruns: u32,
    pub(crate) rerun_limit: usize,
    /// Tests can write to it.
    pub(crate) folder: &'a Path,
    pub(crate) logs: &'a Path,
}

impl Plan<'_> {
    /// An empty folder where the observer leaves what it sees of test processes.
    fn place_of_processes(&self) -> Result<PathBuf, Failure> {
        let folder = self.folder.join("processes");
        let _ = fs_err::remove_dir_all(&folder);
        fs_err::create_dir_all(&folder)
            .or_external(|| "the folder for records of tests cannot be created".to_owned())?;
        Ok(folder)
    }
}

/// What one `go test` came to.
pub(crate) struct Ran {
    pub(crate) suite: Suite,
    pub(crate) finished: Finished,
    /// The line that was run.
    pub(crate) line: String,
    pub(crate) processes: Processes,
}

pub(crate) fn arguments(layer: &ResolvedLayer, profile: Option<&Path>) -> Vec<String> {
    let mut arguments = vec!["-timeout".to_owned(), layer.timeout.clone()];
    if let Some(profile) = profile {
        arguments.push("-covermode=atomic".to_owned());
        arguments.push(format!("-coverprofile={}", profile.display()));
    }
    arguments.extend(layer.count.map(|count| format!("-count={count}")));
    arguments
}

/// Tests packages, and takes from their results what their processes do not prove.
pub(crate) fn test(
    run: &LayerRun,
    plan: &Plan<'_>,
    mut arguments: Vec<String>,
    packages: &[String],
    context: &Context,
) -> Result<Ran, Failure> {
    let place = plan.place_of_processes()?;
    let observer = run.toolchain.observer(&run.layer, &place);
    let is_observed = observer.is_some();
    arguments.extend(observer.or_else(|| Toolchain::uncaching_argument(&run.layer)));
    let command = go_test(run, context, &arguments, packages);
    let (mut suite, finished) = robot_go_command::run_tests(&command, context)?;
    let processes = Processes::take(&place, &run.folders);
    // Where go could not list the packages, it is not known whose processes they were; then go test has
    // failed as well.
    if is_observed && (!run.folders.is_empty() || finished.success()) {
        processes.judge(&mut suite);
    }
    Ok(Ran { suite, finished, line: command.to_string(), processes })
}

pub(crate) fn go_test(
    run: &LayerRun,
    context: &Context,
    arguments: &[String],
    packages: &[String],
) -> Command {
    let command = toolchain::test(&run.layer, context, &run.seal).arg("-json");
    let command = if run.layer.race { command.arg("-race") } else { command };
    command.args(arguments).args(packages)
}
