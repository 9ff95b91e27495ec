//! The folders of a verb: working folder, results, history.

use crate::{Checkout, Context, Failure, ResultExt};
use data_encoding::HEXLOWER;
use robot_settings::repository;
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};

impl Context {
    /// The absolute path of a setting.
    pub fn absolute(&self, path: impl AsRef<Path>) -> PathBuf {
        self.directory.join(path)
    }

    /// The folder for the results of this run: `$RUNNER_TEMP/robot` in a job; on a laptop one folder per
    /// checkout, in the user's cache folder.
    ///
    /// # Errors
    /// The folder cannot be created.
    pub fn output_directory(&self) -> Result<PathBuf, Failure> {
        let folder = match self.environment.path("RUNNER_TEMP") {
            Some(temporary) => temporary.join("robot"),
            None => self.user_cache("runs"),
        };
        fs_err::create_dir_all(&folder)
            .or_external(|| "the folder for results cannot be created".to_owned())?;
        Ok(folder)
    }

    /// The folder for data that runs write for later runs: in a job `$RUNNER_TEMP/robot-history`, which a
    /// workflow restores and saves, with one folder per robot if the repository has several; on a laptop one
    /// folder per checkout, in the user's cache folder.
    pub fn history_directory(&self) -> PathBuf {
        let Some(temporary) = self.environment.path("RUNNER_TEMP") else {
            return self.user_cache("history");
        };
        let root = self.environment.path("GITHUB_WORKSPACE");
        let below = root.as_ref().and_then(|root| self.directory.strip_prefix(root).ok());
        temporary.join("robot-history").join(below.unwrap_or(Path::new("")))
    }

    /// Path of the working folder in its repository (the job's, or on a laptop git's). Empty at the root and
    /// outside of a repository.
    pub fn folder_in_repository(&self) -> PathBuf {
        let workspace = self.environment.path("GITHUB_WORKSPACE");
        let workspace = workspace.filter(|_| self.environment.is_github());
        let in_job = |workspace: PathBuf| repository::folder_in_job(&self.directory, &workspace);
        let in_git = || {
            let root = repository::root(&self.directory)?;
            Some(self.directory.strip_prefix(root).ok()?.to_owned())
        };
        workspace.and_then(in_job).or_else(in_git).unwrap_or_default()
    }

    /// Converts paths that tools print to paths of the repository.
    pub fn checkout(&self) -> Checkout {
        Checkout::new(&self.directory, &self.folder_in_repository())
    }

    /// The folder of that kind for this checkout on a laptop.
    fn user_cache(&self, kind: &str) -> PathBuf {
        // The name helps people; the hash distinguishes checkouts, such as `a-b` and `a/b`, and shortens paths
        // that are longer than a file name may be.
        let name = self.directory.file_name().unwrap_or_default().to_string_lossy();
        let name: String =
            name.chars().filter(|c| c.is_alphanumeric() || "-_.".contains(*c)).take(40).collect();
        let hash = Sha256::digest(self.directory.as_os_str().as_encoded_bytes());
        let checkout = format!("{name}-{}", HEXLOWER.encode(&hash[..8]));
        let cache = self
            .environment
            .path("XDG_CACHE_HOME")
            .or_else(|| Some(self.environment.path("HOME")?.join(".cache")))
            .unwrap_or_else(std::env::temp_dir);
        cache.join("robot-actions").join(kind).join(checkout)
    }
}
