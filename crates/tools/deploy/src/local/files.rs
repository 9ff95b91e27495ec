//! Files in the image's file system, written from outside: no link of the image leads out of it.

use std::io;
use std::path::{Component, Path, PathBuf};

/// Makes a folder of the image, and those above it; its real path.
///
/// # Errors
/// A part of it is a link or a file.
pub(super) fn folder(root: &Path, path: &Path) -> io::Result<PathBuf> {
    let mut folder = root.to_owned();
    for part in path.components() {
        match part {
            Component::Normal(name) => folder.push(name),
            Component::RootDir | Component::CurDir => continue,
            Component::ParentDir | Component::Prefix(_) => {
                return Err(io::Error::other(format!("{}: has `..`", path.display())));
            }
        }
        match std::fs::symlink_metadata(&folder) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => {
                return Err(io::Error::other(format!(
                    "{}: leads through a link or a file of the image",
                    path.display()
                )));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                std::fs::create_dir(&folder)?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(folder)
}

/// Writes a file in place of what is there.
pub(super) fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let path = folder.join(name);
    if std::fs::symlink_metadata(&path).is_ok_and(|metadata| !metadata.is_dir()) {
        std::fs::remove_file(&path)?;
    }
    std::fs::write(path, bytes)
}

/// The file of the image that a program's name means, as a path in the image.
pub(super) fn program(root: &Path, name: &str, search: &str, working: &Path) -> Option<PathBuf> {
    let is_program = |path: &Path| {
        use std::os::unix::fs::PermissionsExt as _;
        resolve(root, path, 0)
            .and_then(|real| std::fs::metadata(real).ok())
            .is_some_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
    };
    if name.contains('/') {
        let path = working.join(name);
        return is_program(&path).then_some(path);
    }
    search.split(':').map(|folder| working.join(folder).join(name)).find(|path| is_program(path))
}

/// Where a path of the image is outside, its links followed within the image.
fn resolve(root: &Path, path: &Path, depth: u32) -> Option<PathBuf> {
    if depth > 40 {
        return None;
    }
    let mut inside: Vec<std::ffi::OsString> = Vec::new();
    let mut parts = path.components();
    while let Some(part) = parts.next() {
        match part {
            Component::ParentDir => {
                inside.pop();
            }
            Component::Normal(name) => {
                let here: PathBuf = inside.iter().collect();
                let real = root.join(&here).join(name);
                let link = std::fs::read_link(&real).ok();
                let Some(link) = link else {
                    inside.push(name.to_owned());
                    continue;
                };
                let next = Path::new("/").join(here).join(link).join(parts.as_path());
                return resolve(root, &next, depth + 1);
            }
            _ => {}
        }
    }
    Some(root.join(inside.iter().collect::<PathBuf>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_the_image_stay_within_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        std::fs::create_dir_all(root.join("bin")).unwrap();
        std::os::unix::fs::symlink("..", root.join("up")).unwrap();
        std::os::unix::fs::symlink("/bin/robot", root.join("robot")).unwrap();
        std::os::unix::fs::symlink("../../../../bin/sh", root.join("bin/sh")).unwrap();
        assert!(super::folder(&root, Path::new("/up/x")).is_err());
        assert!(super::folder(&root, Path::new("/a/../../x")).is_err());
        assert!(!folder.path().join("x").exists());
        let find = |name: &str| program(&root, name, "/usr/bin:/bin", Path::new("/"));
        assert_eq!((find("robot"), find("/robot")), (None, None));
        std::fs::write(root.join("bin/robot"), "").unwrap();
        assert_eq!(find("robot"), None, "it is not executable");
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(root.join("bin/robot"), mode).unwrap();
        assert_eq!(find("robot").as_deref(), Some(Path::new("/bin/robot")));
        assert_eq!(find("/robot").as_deref(), Some(Path::new("/robot")));
        // The machine's shell is not the image's.
        assert_eq!(find("sh"), None);
    }
}
