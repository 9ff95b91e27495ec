//! Decides whether a later run could find a path changed.

use rustix::fs::{Mode, OFlags, ResolveFlags};
use rustix::io::Errno;
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};

/// Folders that are private to the program and are removed when it ends.
pub(crate) struct Private {
    folders: Vec<(PathBuf, OwnedFd)>,
}

impl Private {
    /// Private folders, by their real paths.
    ///
    /// # Errors
    /// A folder cannot be opened.
    pub(crate) fn new(folders: impl IntoIterator<Item = PathBuf>) -> std::io::Result<Self> {
        let open = |folder: PathBuf| {
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let descriptor = rustix::fs::open(&folder, flags, Mode::empty())?;
            Ok((folder, descriptor))
        };
        Ok(Self { folders: folders.into_iter().map(open).collect::<std::io::Result<_>>()? })
    }

    /// The path to record; `None` for private paths and those of the machine (`/proc`, `/sys`, devices).
    pub(crate) fn outside(&self, path: &Path, thread: u32) -> Option<PathBuf> {
        if let Some((folder, descriptor)) =
            self.folders.iter().find(|(folder, _)| path.starts_with(folder))
        {
            let below = path.strip_prefix(folder).ok()?;
            return if stays_below(descriptor, below) { None } else { self.real(path, thread) };
        }
        let leads_elsewhere =
            || path.components().any(|component| component == Component::ParentDir);
        match is_of_machine(path) {
            // `/proc/self/cwd/x` and `/dev/shm/../x` only look like paths of the machine.
            true if path.starts_with("/proc") || leads_elsewhere() => self.real(path, thread),
            true => None,
            false => Some(path.to_owned()),
        }
    }

    /// The same for the target of a link, if there is one.
    fn real(&self, path: &Path, thread: u32) -> Option<PathBuf> {
        let of_thread = ["/proc/self", "/proc/thread-self"].iter().find_map(|own| {
            Some(Path::new("/proc").join(thread.to_string()).join(path.strip_prefix(own).ok()?))
        });
        let path = of_thread.unwrap_or_else(|| path.to_owned());
        let Ok(real) = std::fs::canonicalize(&path) else {
            let parent = std::fs::canonicalize(path.parent()?).ok()?;
            let is_inside = is_of_machine(&parent) || self.contains(&parent);
            return (!is_inside).then(|| parent.join(path.file_name().unwrap_or_default()));
        };
        (!is_of_machine(&real) && !self.contains(&real)).then_some(real)
    }

    fn contains(&self, real: &Path) -> bool {
        self.folders.iter().any(|(folder, _)| real.starts_with(folder))
    }
}

/// Whether no symbolic link on the path leads out of the folder.
fn stays_below(folder: &OwnedFd, below: &Path) -> bool {
    if below.as_os_str().is_empty() {
        return true;
    }
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    match rustix::fs::openat2(folder, below, flags, Mode::empty(), resolve) {
        Ok(_) | Err(Errno::NOENT | Errno::NOTDIR) => true,
        // A link, `..`, or a kernel that cannot tell.
        Err(_) => false,
    }
}

/// Whether a path belongs to the machine or is a device, which a commit or a job does not change. Named shared
/// memory is not excluded.
fn is_of_machine(path: &Path) -> bool {
    let below = |folder: &str| path.starts_with(folder);
    below("/proc")
        || below("/sys")
        || (below("/dev") && !below("/dev/shm") && !below("/dev/mqueue"))
}
