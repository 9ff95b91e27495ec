//! Whether a path is one that a later run could find changed.

use rustix::fs::{Mode, OFlags, ResolveFlags};
use rustix::io::Errno;
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};

/// Folders that are made for the program alone, and are gone when it ends.
pub(crate) struct Private {
    folders: Vec<(PathBuf, OwnedFd)>,
}

impl Private {
    /// Takes folders by their real paths.
    ///
    /// # Errors
    /// One cannot be opened.
    pub(crate) fn new(folders: impl IntoIterator<Item = PathBuf>) -> std::io::Result<Self> {
        let open = |folder: PathBuf| {
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let descriptor = rustix::fs::open(&folder, flags, Mode::empty())?;
            Ok((folder, descriptor))
        };
        Ok(Self { folders: folders.into_iter().map(open).collect::<std::io::Result<_>>()? })
    }

    /// The path that matters outside; `None` for what is private or of the machine itself (`/proc`,
    /// `/sys`, devices).
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
            // `/proc/self/cwd/x` and `/dev/shm/../x` are of the machine by name only.
            true if path.starts_with("/proc") || leads_elsewhere() => self.real(path, thread),
            true => None,
            false => Some(path.to_owned()),
        }
    }

    /// The same of what it leads to, if anything.
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

/// Whether no link leads from the folder to somewhere else on that way.
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

/// Facts of the machine, and devices: not what a commit or a job changes. Memory that is shared by
/// name is.
fn is_of_machine(path: &Path) -> bool {
    let below = |folder: &str| path.starts_with(folder);
    below("/proc")
        || below("/sys")
        || (below("/dev") && !below("/dev/shm") && !below("/dev/mqueue"))
}
