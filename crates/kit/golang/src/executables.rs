//! Linked programs that are kept from run to run.

/// The folder beside the two-digit folders of Go's build cache. The go command's own trimming
/// touches only those, so this one stays until `cache-key prune` finds a program unused.
pub const FOLDER: &str = "robot-executables";
