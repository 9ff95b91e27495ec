//! What an observed program asked for, as a file.

use crate::state::{Manner, State};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What one program and its descendants asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The folder that it was started in.
    pub folder: PathBuf,
    /// Its own file.
    pub program: PathBuf,
    /// What it read, each as it was before it was first asked for.
    pub reads: Vec<Read>,
    /// Why its result must not be repeated though nothing of that changes; empty when it may.
    pub reasons: Vec<String>,
}

/// A path that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// Absolute.
    pub path: PathBuf,
    /// How it was asked for.
    pub manner: Manner,
    /// What was there.
    pub state: State,
}
