//! Converts paths that tools print to paths of the repository.

use robot_model::{Location, RepoPath};
use std::path::{Path, PathBuf};

/// Location of the working folder in its repository.
#[derive(Debug, Clone)]
pub struct Checkout {
    /// All paths by which a tool may refer to the repository's root.
    roots: Vec<PathBuf>,
    /// The working folder below the root, with `/`.
    folder: String,
}

impl Checkout {
    /// For a tool that works in `directory`, which is `folder` of the repository.
    pub fn new(directory: &Path, folder: &Path) -> Self {
        let depth = folder.components().count();
        let names = [Some(directory.to_owned()), directory.canonicalize().ok()];
        let root = |directory: PathBuf| Some(directory.ancestors().nth(depth)?.to_owned());
        Self {
            roots: names.into_iter().flatten().filter_map(root).collect(),
            folder: folder.to_string_lossy().replace('\\', "/"),
        }
    }

    /// Converts an absolute path, or one relative to the working folder, to a path of the repository; `None` if
    /// it is outside of the repository.
    pub fn path(&self, path: impl AsRef<Path>) -> Option<RepoPath> {
        let path = path.as_ref();
        if path.is_absolute() {
            let below = self.roots.iter().find_map(|root| path.strip_prefix(root).ok())?;
            return RepoPath::new(&below.to_string_lossy());
        }
        RepoPath::below(&self.folder, &path.to_string_lossy())
    }

    /// As [`path`](Self::path), with a line.
    pub fn line(&self, path: impl AsRef<Path>, line: u32) -> Option<Location> {
        Some(Location::line(self.path(path)?, line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_and_absolute_paths_become_those_of_the_repository() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("real");
        std::fs::create_dir_all(root.join("robot/cmd")).unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&root, &link).unwrap();
        let checkout = Checkout::new(&link.join("robot/cmd"), Path::new("robot/cmd"));
        let path = |path: &Path| checkout.path(path).map(String::from);
        assert_eq!(path(Path::new("./main.go")).as_deref(), Some("robot/cmd/main.go"));
        assert_eq!(path(Path::new("../../pkg/a.go")).as_deref(), Some("pkg/a.go"));
        for name in [&link, &root.canonicalize().unwrap()] {
            assert_eq!(path(&name.join("pkg/a.go")).as_deref(), Some("pkg/a.go"));
        }
        for outside in [Path::new("/usr/lib/go/a.go"), Path::new("../../../a.go")] {
            assert_eq!(path(outside), None);
        }
    }
}
