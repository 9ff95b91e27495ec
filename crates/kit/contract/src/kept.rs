//! Kept verdicts of earlier runs: the context that this run binds them to, and the setting that ignores them.

use crate::Context;
use robot_kept::{Binding, Shelf};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The setting of every verb that reuses kept verdicts.
#[derive(Debug, Clone, Copy, clap::Args, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Repeats {
    /// Whether to ignore kept results of earlier runs and run everything
    #[arg(long)]
    pub(crate) fresh: bool,
}

impl Context {
    /// The verdicts that this verb kept in earlier runs, in the folder for data of later runs
    /// ([`Context::history_directory`]). They are bound to the repository, or on a laptop to the checkout, and to the working
    /// folder. This code does not decide who may save that folder: in a job the workflow saves it only on the default branch,
    /// and GitHub restores for pull requests what the default branch saved.
    pub fn kept(&self) -> Shelf {
        let identity = &self.run.identity;
        let checkout = || self.directory.display().to_string();
        let is_job = self.environment.is_github();
        let commit = is_job.then(|| self.commit().to_owned()).filter(|commit| !commit.is_empty());
        let binding = Binding {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            verb: self.verb.clone(),
            repository: identity.repository.clone().unwrap_or_else(checkout),
            folder: self.folder_in_repository().display().to_string(),
            commit: commit.or_else(|| identity.merge_sha.clone()),
            now: self.clock.now(),
            fresh: self.fresh,
            unrestored: self.unrestored.clone(),
        };
        Shelf::new(&self.history_directory(), binding)
    }
}
