//! `cache-key`: computes keys that identify the content of Go's caches, and keeps the caches to exactly that content.
//!
//! `compute` runs before restoring, `download` (for private modules) and `prepare` after it, `prune` before saving.
//! `actions/cache` restores and saves; this tool changes only a cache that was empty when the job began.
//!
//! Pruning relies on one fact of cmd/go: it updates the time of an entry older than an hour when it uses it. `prepare`
//! ages restored entries by two hours, and `prune` removes those that still have that age. `compute` records what was in
//! the cache before the job (at most 64 entries; a cache with more is in use), and these entries are never changed.
//! Restored module versions that no go.sum of the repository lists are removed as well.
//!
//! Data that Go does not cache is kept beside its build cache, in `robot-actions/`, and is aged and pruned like its
//! entries: kept verdicts, passes of tests, and the cover profile's part of packages without tests.

mod build_cache;
mod checkout;
mod compute;
mod download;
mod key;
mod module_cache;
mod modules;
mod prepare;
mod prune;
mod state;
mod verify;
mod work;

pub use compute::Compute;
pub use download::Download;
pub use prepare::Prepare;
pub use prune::Prune;

use robot_contract::{Tool, Verb};

/// The tool and its verbs.
pub fn tool() -> Tool {
    Tool {
        name: "cache-key",
        about: "Compute keys of, fill, prepare and prune Go's module and build caches",
        verbs: vec![
            Verb::of::<Compute>(),
            Verb::of::<Download>(),
            Verb::of::<Prepare>(),
            Verb::of::<Prune>(),
        ],
        helpers: &[],
        has_work: None,
    }
}
