//! What the verbs of one job tell each other.

use crate::build_cache::Foreign;
use crate::key::Components;
use crate::module_cache::Versions;
use robot_contract::{Context, Failure, ResultExt, write_atomically};
use robot_model::RunIdentity;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::path::{Path, PathBuf};

/// What `compute` and `prepare` leave for the later verbs of the same job.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct State {
    /// The job that it is of.
    pub(crate) run: RunIdentity,
    pub(crate) components: Components,
    pub(crate) build_cache: PathBuf,
    /// What was in the cache before this job restored it: not this job's to remove. `None` when
    /// that is so much that the cache belongs to somebody else.
    pub(crate) foreign: Option<Foreign>,
    /// The module cache, when it was empty before this job restored it.
    pub(crate) module_cache: Option<PathBuf>,
    /// Versions that were restored into it.
    pub(crate) restored_modules: Versions,
    /// `download` has held the module cache against go.sum in this job.
    pub(crate) modules_verified: bool,
    /// Time that `prepare` gave restored entries; absent until then.
    pub(crate) aged: Option<i64>,
    /// Bytes of the entries that were given it.
    pub(crate) aged_bytes: u64,
    /// Whether a cache was found.
    pub(crate) restored: bool,
}

/// The file beside the cache's entries that says what the cache was saved for.
pub(crate) const LABEL: &str = "robot-cache.json";

impl State {
    fn path(context: &Context) -> Result<PathBuf, Failure> {
        Ok(context.output_directory()?.join("cache-key.json"))
    }

    pub(crate) fn write(&self, context: &Context) -> Result<(), Failure> {
        write_json(&Self::path(context)?, self)
    }

    /// The state of this very job; `None` when `compute` did not run in it. Outside of a job caches
    /// are their owner's, who works with them between one command and the next: there, whatever
    /// was written is nobody's word on what may be removed.
    pub(crate) fn read(context: &Context) -> Result<Option<Self>, Failure> {
        let state: Option<Self> = read_json(&Self::path(context)?);
        let is_ours =
            |state: &Self| context.environment.is_github() && state.run == context.run.identity;
        Ok(state.filter(is_ours))
    }

    /// Forgets it, when all that it allows is done.
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

/// A label comes out of a restored cache: what cannot be read is as good as absent.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Option<T> {
    let metadata = fs_err::metadata(path).ok()?;
    (metadata.len() < 16 << 20)
        .then(|| fs_err::read(path).ok())
        .flatten()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
}
