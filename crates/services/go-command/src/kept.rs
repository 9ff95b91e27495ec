use robot_contract::{Context, Failure};
use robot_golang::beside;
use std::path::PathBuf;

/// Where a tool keeps what a later run of the same checkout can use: in a job beside Go's build
/// cache, which is what is saved and restored; on a laptop among the checkout's results. A file
/// that a tool uses gets a new time, or `cache-key prune` takes it for unused.
///
/// # Errors
/// There is no go command; on a laptop, no folder for results.
pub fn kept_folder(context: &Context) -> Result<PathBuf, Failure> {
    let parent = if context.environment.is_github() {
        let command = crate::go(context, "env", &[]).arg("GOCACHE");
        let finished = crate::run(&command, context)?;
        PathBuf::from(String::from_utf8_lossy(&finished.stdout).trim_end())
    } else {
        context.output_directory()?
    };
    Ok(parent.join(beside::FOLDER))
}
