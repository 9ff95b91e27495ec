//! Temporary git repositories.

use crate::scrubbed;
use robot_process::Cancellation;
use std::path::{Path, PathBuf};

/// A git repository in a folder that the caller keeps; no setting of the machine's user applies.
#[derive(Debug)]
pub struct Repository {
    root: PathBuf,
}

impl Repository {
    /// Makes `root` a repository with branch `main` and commits what is there.
    pub fn init(root: &Path) -> Self {
        let repository = Self { root: root.to_owned() };
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository.commit("first");
        repository
    }

    /// The repository that is in `root` already.
    pub fn of(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Commits all that changed; gives the commit's SHA.
    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// Runs git; gives what it printed.
    pub fn git(&self, arguments: &[&str]) -> String {
        let mut command = scrubbed("git").current_directory(&self.root);
        for (name, value) in [
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_AUTHOR_NAME", "t"),
            ("GIT_AUTHOR_EMAIL", "t@example.com"),
            ("GIT_COMMITTER_NAME", "t"),
            ("GIT_COMMITTER_EMAIL", "t@example.com"),
        ] {
            command = command.env(name, value);
        }
        let command = command.args(arguments.iter().copied());
        let finished = command.run(&Cancellation::default()).unwrap();
        let finished = finished.require_success(&command).unwrap_or_else(|error| panic!("{error}"));
        String::from_utf8_lossy(&finished.stdout).into_owned()
    }

    /// The repository's folder.
    pub fn path(&self) -> &Path {
        &self.root
    }
}
