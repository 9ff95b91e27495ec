//! The record of an observed program, as a file.

use crate::state::{Manner, State};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What one program and its descendants accessed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its working folder at the start.
    pub folder: PathBuf,
    /// The program's file.
    pub program: PathBuf,
    /// What it read, each with its state before the first access.
    pub reads: Vec<Read>,
    /// Why its result must not be reused even if none of this changes; empty if it may be.
    pub reasons: Vec<String>,
}

/// A path that was accessed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// Absolute.
    pub path: PathBuf,
    /// How it was accessed.
    pub manner: Manner,
    /// Its state.
    pub state: State,
}
