//! What is kept from run to run beside the entries of Go's build cache.

use robot_contract::{Context, Failure};
use std::path::PathBuf;

/// The folder beside the two-digit folders of Go's build cache. The go command's own trimming
/// touches only those, so this one stays until `cache-key prune` finds its files unused.
pub const KEPT_FOLDER: &str = "robot-actions";

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
    Ok(parent.join(KEPT_FOLDER))
}
