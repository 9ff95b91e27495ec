//! Mounts that hide and protect parts of the file system.

use crate::specification::Seal;
use rustix::fs::{Access, Mode, OFlags, StatVfsMountFlags};
use rustix::mount::{
    MountFlags, MountPropagationFlags, mount, mount_bind, mount_bind_recursive, mount_change,
    mount_remount,
};
use std::collections::BTreeSet;
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::{Path, PathBuf};

/// Creates the mounts in this process's own namespace.
pub(crate) fn make(seal: &Seal) -> io::Result<()> {
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change("/", private)?;
    // Folders inside of a hidden folder are opened before it is covered.
    let visible = opened(seal.visible.iter().cloned())?;
    let sources: Vec<PathBuf> = seal.replaced.iter().map(|bind| bind.source.clone()).collect();
    let sources = opened(sources)?;
    pin(seal)?;
    for path in &seal.read_only {
        if let Some(path) = there(path)? {
            mount_bind(&path, &path)?;
            write_protect(&path)?;
        }
    }
    for bind in &seal.replaced {
        let source = sources.iter().find(|(path, _)| *path == bind.source);
        if let (Some((_, source)), Some(target)) = (source, there(&bind.target)?) {
            mount_bind(name(source), target)?;
        }
    }
    let mut covered: Vec<PathBuf> = Vec::new();
    let mut hidden: Vec<PathBuf> = seal
        .hidden
        .iter()
        .map(|path| there(path))
        .collect::<io::Result<Vec<_>>>()?
        .into_iter()
        .flatten()
        .collect();
    hidden.sort();
    for path in hidden {
        if covered.iter().any(|folder| path.starts_with(folder)) {
            continue;
        }
        if !path.is_dir() {
            mount_bind("/dev/null", &path)?;
            continue;
        }
        let flags = MountFlags::NOSUID | MountFlags::NODEV;
        mount("tmpfs", &path, "tmpfs", flags, Some(c"mode=0755,size=1m"))?;
        for (inside, descriptor) in visible.iter().filter(|(inside, _)| inside.starts_with(&path)) {
            std::fs::create_dir_all(inside)?;
            mount_bind(name(descriptor), inside)?;
        }
        write_protect(&path)?;
        covered.push(path);
    }
    Ok(())
}

/// Prevents renaming of the folders above protected ones: otherwise the program could put another folder in their
/// place, which later programs would use. A mount cannot be renamed. Only folders that the user could rename become
/// mounts, because a rename between mounts must copy (`man 2 rename`, `EXDEV`).
fn pin(seal: &Seal) -> io::Result<()> {
    let targets = seal.replaced.iter().map(|bind| &bind.target);
    let mut above: BTreeSet<PathBuf> = BTreeSet::new();
    for path in seal.read_only.iter().chain(&seal.hidden).chain(targets) {
        let Some(path) = there(path)? else { continue };
        let folders = path.ancestors().skip(1);
        let could_be_renamed = |folder: &&Path| {
            let parent = folder.parent();
            parent.is_some_and(|parent| rustix::fs::access(parent, Access::WRITE_OK).is_ok())
        };
        above.extend(folders.filter(could_be_renamed).map(Path::to_owned));
    }
    // Parents come first, because a later mount of a parent would cover its children.
    for folder in above {
        mount_bind_recursive(&folder, &folder)?;
    }
    Ok(())
}

/// Its real path; `None` if it does not exist.
fn there(path: &Path) -> io::Result<Option<PathBuf>> {
    match path.canonicalize() {
        Ok(path) => Ok(Some(path)),
        Err(error) => match error.kind() {
            // What this user cannot access, the program cannot access either.
            io::ErrorKind::NotFound
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::PermissionDenied => Ok(None),
            _ => Err(error),
        },
    }
}

fn opened(paths: impl IntoIterator<Item = PathBuf>) -> io::Result<Vec<(PathBuf, OwnedFd)>> {
    let mut opened = Vec::new();
    for path in paths {
        if let Some(real) = there(&path)? {
            let flags = OFlags::PATH | OFlags::CLOEXEC;
            opened.push((real.clone(), rustix::fs::open(&real, flags, Mode::empty())?));
        }
    }
    Ok(opened)
}

fn name(descriptor: &OwnedFd) -> String {
    format!("/proc/self/fd/{}", descriptor.as_raw_fd())
}

/// Keeps the flags of the mount: without privileges outside they cannot be removed (`man 2 mount`).
pub(crate) fn write_protect(path: &Path) -> io::Result<()> {
    let has = rustix::fs::statvfs(path)?.f_flag;
    let mut flags = MountFlags::BIND | MountFlags::RDONLY;
    for (flag, kept) in [
        (StatVfsMountFlags::NOSUID, MountFlags::NOSUID),
        (StatVfsMountFlags::NODEV, MountFlags::NODEV),
        (StatVfsMountFlags::NOEXEC, MountFlags::NOEXEC),
        (StatVfsMountFlags::NOATIME, MountFlags::NOATIME),
        (StatVfsMountFlags::NODIRATIME, MountFlags::NODIRATIME),
        (StatVfsMountFlags::RELATIME, MountFlags::RELATIME),
    ] {
        if has.contains(flag) {
            flags |= kept;
        }
    }
    Ok(mount_remount(path, flags, c"")?)
}
