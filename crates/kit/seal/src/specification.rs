//! What is to run, and what it may see.

use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::path::PathBuf;

/// What a sealed program must not see or change. Paths are absolute; what is not there is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// Files that are empty and folders that have nothing in them.
    pub hidden: Vec<PathBuf>,
    /// Folders that are there all the same, and can be written.
    pub visible: Vec<PathBuf>,
    /// Folders and files that cannot be written.
    pub read_only: Vec<PathBuf>,
    /// Files that are others.
    pub replaced: Vec<Bind>,
    /// A folder that is the whole file system, as a container has it: with `/proc` and a few devices, and
    /// nothing of the machine. Only where there are namespaces; the program and its folder are paths in it.
    #[serde(default)]
    pub root: Option<PathBuf>,
}

/// A file in place of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bind {
    /// What is seen.
    pub source: PathBuf,
    /// Where.
    pub target: PathBuf,
}

/// A program to start sealed, as the hidden verb reads it from standard input.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Specification {
    /// Without namespaces, by what Landlock can do.
    pub by_rules: bool,
    /// Absent to try only whether it can be done.
    pub program: Option<PathBuf>,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// All its variables.
    pub variables: Vec<(OsString, OsString)>,
    /// The folder that it runs in.
    pub folder: PathBuf,
    /// What it must not see or change.
    pub seal: Seal,
}
