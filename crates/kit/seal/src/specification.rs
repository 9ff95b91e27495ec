//! The specification of a sealed program: what runs, and what it may access.

use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::path::PathBuf;

/// What a sealed program must not see or change. Paths are absolute; missing ones are ignored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// Files and folders that appear empty.
    pub hidden: Vec<PathBuf>,
    /// Folders inside of hidden ones that stay visible and writable.
    pub visible: Vec<PathBuf>,
    /// Folders and files that are write-protected.
    pub read_only: Vec<PathBuf>,
    /// Files that are replaced by others.
    pub replaced: Vec<Bind>,
    /// A folder that is the whole file system, as a container has it: with `/proc` and a few devices, and
    /// nothing of the machine. Only where there are namespaces; the program and its folder are paths in it.
    #[serde(default)]
    pub root: Option<PathBuf>,
}

/// A replacement of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bind {
    /// The file that is visible.
    pub source: PathBuf,
    /// The path at which it is visible.
    pub target: PathBuf,
}

/// A program to start sealed, as the hidden verb reads it from standard input.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Specification {
    /// Whether to use Landlock instead of namespaces.
    pub by_rules: bool,
    /// Absent to only check whether sealing works.
    pub program: Option<PathBuf>,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// All its variables.
    pub variables: Vec<(OsString, OsString)>,
    /// The folder that it runs in.
    pub folder: PathBuf,
    /// Rules for what it must not see or change.
    pub seal: Seal,
}
