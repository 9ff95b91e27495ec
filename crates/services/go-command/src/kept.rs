//! The folder for our own data beside the entries of Go's build cache.

use robot_contract::{Context, Failure};
use std::path::PathBuf;

/// The folder beside the two-digit folders of Go's build cache. The go command trims only those, so this one stays
/// until `cache-key prune` finds its files unused.
pub const KEPT_FOLDER: &str = "robot-actions";

/// The folder for data that a later run of the same checkout can use: in a job beside Go's build cache, which is saved
/// and restored; on a laptop among the checkout's results. A tool must update the time of each file that it uses;
/// otherwise `cache-key prune` removes it as unused.
///
/// # Errors
/// There is no go command, or on a laptop, no results folder.
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
