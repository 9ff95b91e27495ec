//! Temporary Go modules.

use crate::write;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A Go module in a temporary folder, or in a given one.
#[derive(Debug)]
pub struct GoModule {
    root: PathBuf,
    _temporary: Option<TempDir>,
}

impl GoModule {
    /// An empty module `example.com/m` for Go 1.19.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_owned();
        Self { root, _temporary: Some(folder) }.started()
    }

    /// The same in `root`, which the caller keeps.
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_owned(), _temporary: None }.started()
    }

    fn started(self) -> Self {
        self.file("go.mod", "module example.com/m\n\ngo 1.19\n")
    }

    /// Writes a file, by its path below the module.
    #[must_use]
    pub fn file(self, path: &str, text: &str) -> Self {
        write(&self.root.join(path), text);
        self
    }

    /// Writes `<package>/<package>_test.go` with one test `name`, whose body is `body`. The name of
    /// `t` is bound, `testing` is imported.
    #[must_use]
    pub fn test(self, package: &str, name: &str, body: &str) -> Self {
        let text = format!(
            "package {package}\n\nimport \"testing\"\n\nfunc {name}(t *testing.T) {{\n\t_ = t\n\t{body}\n}}\n"
        );
        self.file(&format!("{package}/{package}_test.go"), &text)
    }

    /// The module's folder.
    pub fn path(&self) -> &Path {
        &self.root
    }
}

impl Default for GoModule {
    fn default() -> Self {
        Self::new()
    }
}
