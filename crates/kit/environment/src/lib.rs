//! What is kept of an environment between deployments: who works on it, what ran, whether it is held back.
//!
//! The document is [`robot_model::EnvironmentState`]. Changes are pure functions of it; a [`Store`] keeps
//! it and writes only over the version that was read. [`FileStore`] is the one for the local target; a
//! cluster has another, by a ConfigMap's `resourceVersion`. `deploy`, canary and rollback share it.

pub mod breaker;
mod file_store;
pub mod lock;
mod store;
pub mod tasks;

pub use file_store::FileStore;
pub use store::{Error, Store, Version, change};

use robot_model::{Deployed, EnvironmentState};

/// Revisions that are kept.
pub const HISTORY: usize = 10;

/// Adds a revision that was deployed with success; the same one is kept once.
pub fn keep(state: &mut EnvironmentState, deployed: Deployed) {
    state.history.retain(|known| known.revision.digest != deployed.revision.digest);
    state.history.insert(0, deployed);
    state.history.truncate(HISTORY);
}
