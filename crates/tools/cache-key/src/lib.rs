//! `cache-key`: keys that say exactly what a Go cache holds, and caches that hold exactly what the
//! key says.
//!
//! `compute` before restoring, `download` (for private modules) and `prepare` after it, `prune` before
//! saving. The transport stays
//! `actions/cache`; this tool touches only a cache that was empty when the job began.
//!
//! Pruning rests on one fact of cmd/go: it touches an entry older than an hour when it uses it.
//! `prepare` ages restored entries by two hours, and `prune` removes those that still have that
//! age. `compute` notes what was in the cache before the job (at most 64 entries; a cache with more
//! is in use), and nothing touches those. Restored versions of the module cache that no go.sum of
//! the repository has are removed as well.
//!
//! What Go does not cache is kept beside its build cache, in `robot-actions/`, and aged and pruned
//! like its entries: linked programs, passes of tests, and the cover profile's part of packages
//! without tests.

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
    }
}
