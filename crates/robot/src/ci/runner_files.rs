//! The runner's command files, which only the pipeline itself writes, after all steps have ended.

use robot_contract::Context;
use std::collections::BTreeMap;
use std::path::PathBuf;

const VARIABLES: [&str; 5] =
    ["GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY"];

/// The contents of the files before code of the repository ran.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RunnerFiles(BTreeMap<&'static str, (PathBuf, Option<Vec<u8>>)>);

impl RunnerFiles {
    /// Reads them.
    pub(crate) fn read(context: &Context) -> Self {
        let files = VARIABLES.into_iter().filter_map(|name| {
            let path = context.environment.path(name).filter(|path| path.is_file())?;
            let content = fs_err::read(&path).ok();
            Some((name, (path, content)))
        });
        Self(files.collect())
    }

    /// Names of the files that have changed since.
    pub(crate) fn changed(&self) -> Vec<&'static str> {
        let is_other =
            |(path, before): &(PathBuf, Option<Vec<u8>>)| fs_err::read(path).ok() != *before;
        self.0.iter().filter(|(_, file)| is_other(file)).map(|(name, _)| *name).collect()
    }
}
