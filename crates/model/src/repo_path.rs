//! Paths relative to the repository's root.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A path relative to the repository's root, with `/`: it is not empty, and does not lead outside.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct RepoPath(String);

impl RepoPath {
    /// The path without `.`, `..` and empty parts; `None` when it is absolute, leads out of the
    /// repository, or names its root.
    pub fn new(path: &str) -> Option<Self> {
        Self::below("", path)
    }

    /// As [`RepoPath::new`], for a `path` that is relative to `folder` of the repository.
    pub fn below(folder: &str, path: &str) -> Option<Self> {
        if folder.starts_with('/') || path.starts_with('/') {
            return None;
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in folder.split('/').chain(path.split('/')) {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()?),
                part => parts.push(part),
            }
        }
        (!parts.is_empty()).then(|| Self(parts.join("/")))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl From<RepoPath> for String {
    fn from(path: RepoPath) -> Self {
        path.0
    }
}

impl TryFrom<String> for RepoPath {
    type Error = String;

    fn try_from(path: String) -> Result<Self, String> {
        Self::new(&path).ok_or_else(|| format!("`{path}` is not a path in the repository"))
    }
}

#[cfg(test)]
mod tests {
    use super::RepoPath;

    #[test]
    fn a_path_stays_in_the_repository() {
        let below = |folder: &str, path: &str| RepoPath::below(folder, path).map(String::from);
        assert_eq!(below("", "./a//b/./c.go").as_deref(), Some("a/b/c.go"));
        assert_eq!(below("robot/cmd", "../../pkg/a.go").as_deref(), Some("pkg/a.go"));
        for outside in ["", ".", "a/..", "/etc/passwd", "../a", "a/../../b"] {
            assert_eq!(below("", outside), None, "{outside}");
        }
        assert_eq!(below("robot", "../../a.go"), None);
    }
}
