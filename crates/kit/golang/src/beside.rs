//! What is kept from run to run beside the entries of Go's build cache.

/// The folder beside the two-digit folders of Go's build cache. The go command's own trimming
/// touches only those, so this one stays until `cache-key prune` finds its files unused.
pub const FOLDER: &str = "robot-actions";
