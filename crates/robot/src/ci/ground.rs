//! Checks that files which the gates depend on did not change while code of the repository ran: Go sources and records of
//! earlier runs.

use robot_contract::Context;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// Hashes of files by path.
#[derive(Debug)]
pub(crate) struct Ground(BTreeMap<PathBuf, Option<[u8; 32]>>);

impl Ground {
    /// Hashes the files. With `steps_may_write`, a shell command of the pipeline may generate sources.
    pub(crate) fn read(context: &Context, steps_may_write: bool) -> Self {
        let mut files = BTreeMap::new();
        let mut add = |path: &Path| {
            files.insert(path.to_owned(), hash(path));
        };
        if !steps_may_write {
            let sources = WalkDir::new(&context.directory).into_iter().filter_entry(|entry| {
                let name = entry.file_name().to_string_lossy();
                entry.depth() == 0
                    || !entry.file_type().is_dir()
                    || !(name.starts_with('.') || name == "vendor" || name == "node_modules")
            });
            let is_source = |path: &Path| path.extension().is_some_and(|it| it == "go");
            sources
                .filter_map(Result::ok)
                .filter(|it| is_source(it.path()))
                .for_each(|it| add(it.path()));
        }
        // Runs of the default branch write the history themselves.
        if !context.run.is_default_branch {
            // Steps replace verdicts. The seal hides them from code under test.
            let records = WalkDir::new(context.history_directory()).max_depth(4).into_iter();
            let records = records.filter_entry(|entry| entry.file_name() != "verdicts");
            let files = records.filter_map(Result::ok);
            files.filter(|it| it.file_type().is_file()).for_each(|it| add(it.path()));
        }
        Self(files)
    }

    /// Files that have changed.
    pub(crate) fn changed(&self) -> Vec<&Path> {
        let is_other = |(path, before): &(&PathBuf, &Option<[u8; 32]>)| hash(path) != **before;
        self.0.iter().filter(is_other).map(|(path, _)| path.as_path()).collect()
    }
}

fn hash(path: &Path) -> Option<[u8; 32]> {
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    Some(Sha256::digest(fs_err::read(path).ok()?).into())
}
