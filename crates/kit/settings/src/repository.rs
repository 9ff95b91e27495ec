//! Finds the repository that contains a folder.

use std::path::{Path, PathBuf};

/// The root of the checkout that contains `directory`: the nearest folder with a `.git`, which is a file in a
/// submodule and in an additional worktree.
pub fn root(directory: &Path) -> Option<&Path> {
    directory.ancestors().find(|folder| folder.join(".git").exists())
}

/// The folders with a checkout's history: its `.git`, and, if that is a file (in a submodule or an additional
/// worktree), the folders that it names (<https://git-scm.com/docs/gitrepository-layout>).
pub fn git_folders(root: &Path) -> Vec<PathBuf> {
    let git = root.join(".git");
    let mut folders = vec![git.clone()];
    let named = fs_err::read_to_string(&git).ok().filter(|_| git.is_file());
    if let Some(folder) = named.as_deref().and_then(|text| text.strip_prefix("gitdir:")) {
        let folder = root.join(folder.trim());
        let common = fs_err::read_to_string(folder.join("commondir"));
        folders.extend(common.ok().map(|common| folder.join(common.trim())));
        folders.push(folder);
    }
    folders
}

/// The path of `directory` in the repository that a job checked out in `workspace` or in a folder of it; `None`
/// outside. A submodule is a part of that repository, as on GitHub; an additional worktree is a checkout of its
/// own.
pub fn folder_in_job(directory: &Path, workspace: &Path) -> Option<PathBuf> {
    let workspace = workspace.canonicalize().ok()?;
    let directory = directory.canonicalize().ok()?;
    let mut around = directory.ancestors().take_while(|folder| folder.starts_with(&workspace));
    let root = around.find(|folder| is_checkout(folder)).unwrap_or(&workspace);
    Some(directory.strip_prefix(root).ok()?.to_owned())
}

fn is_checkout(folder: &Path) -> bool {
    let git = folder.join(".git");
    // `gitdir: <repository>/.git/worktrees/<name>`, https://git-scm.com/docs/gitrepository-layout
    let is_worktree = |text: String| {
        let behind = text.strip_prefix("gitdir:").and_then(|path| Path::new(path.trim()).parent());
        behind.is_some_and(|folder| folder.ends_with("worktrees"))
    };
    git.is_dir() || fs_err::read_to_string(git).is_ok_and(is_worktree)
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
        std::fs::write(folder("checkout/tree").join(".git"), "gitdir: /x/.git/worktrees/t\n")
            .unwrap();
        assert_eq!(in_job("checkout/tree/cmd"), Some("cmd".into()));
    }
}
