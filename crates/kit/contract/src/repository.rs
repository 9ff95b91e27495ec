//! Which repository a folder is in.

use std::path::{Path, PathBuf};

/// The root of the checkout around `directory`, as git has it: the nearest folder with a `.git`, which
/// is a file in a submodule and in a further worktree.
pub(crate) fn root(directory: &Path) -> Option<&Path> {
    directory.ancestors().find(|folder| folder.join(".git").exists())
}

/// Where `directory` is in the repository that a job checked out, in `workspace` or in a folder of it;
/// `None` outside. A submodule is a part of that repository, as GitHub shows it.
pub(crate) fn folder_in_job(directory: &Path, workspace: &Path) -> Option<PathBuf> {
    let workspace = workspace.canonicalize().ok()?;
    let directory = directory.canonicalize().ok()?;
    let mut around = directory.ancestors().take_while(|folder| folder.starts_with(&workspace));
    let root = around.find(|folder| folder.join(".git").is_dir()).unwrap_or(&workspace);
    Some(directory.strip_prefix(root).ok()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_submodule_is_git_s_root_and_not_github_s() {
        let workspace = tempfile::tempdir().unwrap();
        let folder = |path: &str| {
            let folder = workspace.path().join(path);
            std::fs::create_dir_all(&folder).unwrap();
            folder
        };
        let in_job = |path: &str| folder_in_job(&folder(path), workspace.path());
        assert_eq!(root(&folder("robot/cmd")), None);
        assert_eq!(in_job("robot/cmd"), Some("robot/cmd".into()));
        assert_eq!(folder_in_job(Path::new("/"), workspace.path()), None);
        folder("checkout/.git");
        std::fs::write(folder("checkout/sub").join(".git"), "gitdir: ../.git/modules/sub\n")
            .unwrap();
        assert_eq!(root(&folder("checkout/robot/cmd")), Some(folder("checkout").as_path()));
        assert_eq!(root(&folder("checkout/sub/cmd")), Some(folder("checkout/sub").as_path()));
        assert_eq!(in_job("checkout"), Some("".into()));
        assert_eq!(in_job("checkout/robot/cmd"), Some("robot/cmd".into()));
        assert_eq!(in_job("checkout/sub/cmd"), Some("sub/cmd".into()));
    }
}
