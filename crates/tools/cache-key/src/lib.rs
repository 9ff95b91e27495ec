//! `cache-key`: keys that say exactly what a Go cache holds, and caches that hold exactly what the
//! key says.
//!
//! `compute` before restoring, `download` (for private modules) and `prepare` after it, `prune` before
//! saving. The transport stays
//! `actions/cache`; this tool touches only a cache that was empty when the job began.

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
        about: "Key, fill, prepare and prune Go's module and build caches",
        verbs: vec![
            Verb::of::<Compute>(),
            Verb::of::<Download>(),
            Verb::of::<Prepare>(),
            Verb::of::<Prune>(),
        ],
        helpers: &[],
    }
}
