//! Arguments of a system call of another process.

use crate::calls::PathAt;
use crate::notification::{Notification, read_memory};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags};
use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// `PATH_MAX`
const LONGEST: usize = 4096;

/// The meaning of a path argument.
pub(crate) enum Named {
    /// An absolute path, which may contain `..` and links.
    Path(PathBuf),
    /// Only a descriptor, whose file is already known.
    Descriptor,
}

/// The path of an argument.
///
/// # Errors
/// The process is gone or cannot be read.
pub(crate) fn path(notification: &Notification, at: PathAt) -> io::Result<Named> {
    let address = notification.arguments[at.path];
    if address == 0 {
        return Ok(Named::Descriptor);
    }
    let bytes = read_memory(notification.thread, address, LONGEST);
    let Some(end) = bytes.iter().position(|byte| *byte == 0) else {
        // The kernel rejects such a path too, unless it is the observer that may not read it.
        return match bytes.len() {
            0 => Err(io::Error::other("its memory cannot be read")),
            _ => Ok(Named::Descriptor),
        };
    };
    let text = Path::new(OsStr::from_bytes(&bytes[..end]));
    if text.is_absolute() {
        return Ok(Named::Path(text.to_owned()));
    }
    let thread = notification.thread;
    // `AT_FDCWD` is an int in a register.
    let folder = at.folder.map(|index| notification.arguments[index] as i32);
    let folder = match folder {
        None | Some(libc::AT_FDCWD) => format!("/proc/{thread}/cwd"),
        Some(_) if text.as_os_str().is_empty() => return Ok(Named::Descriptor),
        Some(descriptor) => format!("/proc/{thread}/fd/{descriptor}"),
    };
    match std::fs::read_link(folder) {
        Ok(folder) => Ok(Named::Path(folder.join(text))),
        // The call fails, too.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Named::Descriptor),
        Err(error) => Err(error),
    }
}

/// A copy of a descriptor of the process.
///
/// # Errors
/// The process is gone, or may not be read.
pub(crate) fn descriptor(notification: &Notification, index: usize) -> io::Result<Option<OwnedFd>> {
    let leader = leader(notification.thread)?;
    let process = rustix::process::pidfd_open(leader, PidfdFlags::empty())?;
    let number = notification.arguments[index] as i32;
    match rustix::process::pidfd_getfd(&process, number, PidfdGetfdFlags::empty()) {
        Ok(descriptor) => Ok(Some(descriptor)),
        // There is no such descriptor: the call fails as well.
        Err(Errno::BADF) => Ok(None),
        Err(errno) => Err(errno.into()),
    }
}

/// The process of a thread.
fn leader(thread: u32) -> io::Result<Pid> {
    let status = std::fs::read_to_string(format!("/proc/{thread}/status"))?;
    let group = status.lines().find_map(|line| line.strip_prefix("Tgid:"));
    group
        .and_then(|number| Pid::from_raw(number.trim().parse().ok()?))
        .ok_or_else(|| io::Error::other("a thread without a process"))
}
