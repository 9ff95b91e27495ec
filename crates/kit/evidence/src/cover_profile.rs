//! The cover profile that tests leave for the gate on coverage.

use crate::{Evidence, Kind};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The cover profile of all layers together. The note beside it says of which sources it is, and which
/// profile it belongs to ([`Sources`](crate::Sources)).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CoverProfile {
    /// Absolute.
    pub path: PathBuf,
}

impl Evidence for CoverProfile {
    const KIND: Kind = Kind { name: "cover-profile", version: 1, left_by: "go-test" };
}
