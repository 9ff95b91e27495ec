//! The cover profile that `go-test` writes for `coverage-gate`.

use crate::{Evidence, Kind};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The cover profile of all layers together. The file beside it lists the measured sources and the profile's
/// hash ([`Sources`](crate::Sources)).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CoverProfile {
    /// Absolute path.
    pub path: PathBuf,
}

impl Evidence for CoverProfile {
    const KIND: Kind = Kind { name: "cover-profile", version: 1, left_by: "go-test" };
}
