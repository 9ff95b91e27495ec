//! The state that the verbs of one job share.

use crate::build_cache::Foreign;
use crate::key::Components;
use crate::module_cache::Versions;
use robot_contract::{Context, Failure, ResultExt, write_atomically};
use robot_model::RunIdentity;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::path::{Path, PathBuf};

/// The state that `compute` and `prepare` write for later verbs of the same job.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct State {
    /// The job that it belongs to.
    pub(crate) run: RunIdentity,
    pub(crate) components: Components,
    pub(crate) build_cache: PathBuf,
    /// Entries that were in the cache before this job restored it, which must not be removed. `None` if there were so many
    /// that the cache is in use.
    pub(crate) foreign: Option<Foreign>,
    /// The module cache, if it was empty before this job restored it.
    pub(crate) module_cache: Option<PathBuf>,
    /// Versions that were restored into it.
    pub(crate) restored_modules: Versions,
    /// Whether `download` has verified the module cache against go.sum in this job.
    pub(crate) modules_verified: bool,
    /// Time that `prepare` gave restored entries; absent until then.
    pub(crate) aged: Option<i64>,
    /// Size in bytes of the aged entries.
    pub(crate) aged_bytes: u64,
    /// Whether a cache was found.
    pub(crate) restored: bool,
    /// Whether nothing was restored because no step had work.
    pub(crate) is_idle: bool,
}

/// The file beside the cache's entries that contains the components of its key.
pub(crate) const LABEL: &str = "robot-cache.json";

impl State {
    fn path(context: &Context) -> Result<PathBuf, Failure> {
        Ok(context.output_directory()?.join("cache-key.json"))
    }

    pub(crate) fn write(&self, context: &Context) -> Result<(), Failure> {
        write_json(&Self::path(context)?, self)
    }

    /// The state of this job; `None` if `compute` did not run in it. Outside of a job it is always `None`: there the user
    /// works with the caches between commands, so the recorded state does not show what may be removed.
    pub(crate) fn read(context: &Context) -> Result<Option<Self>, Failure> {
        let state: Option<Self> = read_json(&Self::path(context)?);
        let is_ours =
            |state: &Self| context.environment.is_github() && state.run == context.run.identity;
        Ok(state.filter(is_ours))
    }

    /// Removes it after use.
    pub(crate) fn forget(context: &Context) -> Result<(), Failure> {
        let path = Self::path(context)?;
        match fs_err::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).or_external(|| format!("{} cannot be removed", path.display()))
            }
            _ => Ok(()),
        }
    }
}

pub(crate) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), Failure> {
    let json = serde_json::to_vec_pretty(value)
        .map_err(|error| Failure::internal("state is not JSON").caused_by(&error))?;
    write_atomically(path, &json).or_external(|| format!("{} cannot be written", path.display()))
}

/// Reads a label from a restored cache. An unreadable one counts as missing.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Option<T> {
    let metadata = fs_err::metadata(path).ok()?;
    (metadata.len() < 16 << 20)
        .then(|| fs_err::read(path).ok())
        .flatten()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
}
