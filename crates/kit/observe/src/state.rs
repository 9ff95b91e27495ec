//! The state of a path.

use data_encoding::HEXLOWER;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::ffi::OsString;
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// Largest number of entries of a folder; a larger folder has no state.
const ENTRIES: usize = 100_000;

/// How a program accessed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Manner {
    /// Follows a symbolic link.
    Followed,
    /// Refers to the symbolic link itself.
    Link,
    /// Opened it; the entries of a folder count.
    Opened,
}

/// The state of a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It does not exist, or cannot be reached.
    Absent,
    /// A file.
    File {
        /// Permissions.
        mode: u32,
        /// Changes with every write.
        identity: Identity,
    },
    /// A folder.
    Folder {
        /// Permissions.
        mode: u32,
        /// SHA-256 of its entries, if it was opened.
        entries: Option<String>,
    },
    /// A symbolic link and its target.
    Link(String),
    /// A device, pipe or socket.
    Other {
        /// Permissions and kind.
        mode: u32,
        /// Number of the device.
        device: u64,
    },
}

/// Identifies an unchanged file on this system: only the kernel sets the time of the last change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    file_system: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl State {
    /// Reads the state.
    ///
    /// # Errors
    /// It exists but cannot be read.
    pub fn of(path: &Path, manner: Manner) -> io::Result<Self> {
        let flags = match manner {
            Manner::Link => AtFlags::SYMLINK_NOFOLLOW,
            Manner::Followed | Manner::Opened => AtFlags::empty(),
        };
        let stat = match rustix::fs::statat(CWD, path, flags) {
            Ok(stat) => stat,
            Err(
                Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::ACCESS | Errno::NAMETOOLONG,
            ) => {
                return Ok(Self::Absent);
            }
            Err(errno) => return Err(errno.into()),
        };
        let mode = stat.st_mode & 0o7777;
        Ok(match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Self::File { mode, identity: Identity::of(&stat) },
            FileType::Directory => {
                let is_opened = manner == Manner::Opened;
                Self::Folder { mode, entries: is_opened.then(|| entries(path)).transpose()? }
            }
            FileType::Symlink => {
                let target = rustix::fs::readlinkat(CWD, path, Vec::new())?;
                Self::Link(HEXLOWER.encode(target.as_bytes()))
            }
            _ => Self::Other { mode: stat.st_mode, device: stat.st_rdev },
        })
    }

    /// A short text that differs for all states that a program could distinguish. Reads the content of a file and adds
    /// the number of bytes to `read`.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn digest(&self, path: &Path, read: &mut u64) -> io::Result<String> {
        Ok(match self {
            Self::Absent => "absent".to_owned(),
            Self::File { mode, .. } => {
                format!("file {mode:o} {}", content(path, read)?)
            }
            Self::Folder { mode, entries: None } => format!("folder {mode:o}"),
            Self::Folder { mode, entries: Some(entries) } => format!("folder {mode:o} {entries}"),
            Self::Link(target) => format!("link {target}"),
            Self::Other { mode, device } => format!("other {mode:o} {device}"),
        })
    }
}

impl Identity {
    fn of(stat: &Stat) -> Self {
        Self {
            file_system: stat.st_dev,
            inode: stat.st_ino,
            size: stat.st_size.unsigned_abs(),
            modified: (stat.st_mtime, stat.st_mtime_nsec as i64),
            changed: (stat.st_ctime, stat.st_ctime_nsec as i64),
        }
    }
}

fn entries(path: &Path) -> io::Result<String> {
    let mut names: Vec<(OsString, u8)> = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let kind = if kind.is_dir() {
            1
        } else if kind.is_symlink() {
            2
        } else {
            u8::from(!kind.is_file()) * 3
        };
        names.push((entry.file_name(), kind));
        if names.len() > ENTRIES {
            return Err(io::Error::other("the folder has too many entries"));
        }
    }
    names.sort();
    let mut hasher = Sha256::new();
    for (name, kind) in names {
        hasher.update(name.as_bytes());
        hasher.update([0, kind]);
    }
    Ok(short(&hasher.finalize()))
}

fn content(path: &Path, read: &mut u64) -> io::Result<String> {
    // Does not block if a pipe has replaced the file.
    let file =
        rustix::fs::open(path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty())?;
    let mut file = std::fs::File::from(file);
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a file any more"));
    }
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(short(&hasher.finalize())),
            length => {
                hasher.update(&buffer[..length]);
                *read += length as u64;
            }
        }
    }
}

fn short(hash: &[u8]) -> String {
    HEXLOWER.encode(&hash[..16])
}
