//! The image that was built, for who signs, deploys or verifies it.

use crate::{Evidence, Kind};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// An image and what it was made of. Who deploys it asks the registry for the digest, and verifies what is
/// signed: this file says only which one is meant.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ImageBuilt {
    /// `ghcr.io/acme/robot@sha256:…`; none where no repository was named.
    pub reference: Option<String>,
    /// Of the index, or of the only image: `sha256:…`.
    pub digest: String,
    /// Of the manifest that attaches the list of modules.
    pub sbom: Option<String>,
    /// The image of each platform.
    pub platforms: Vec<ImagePlatform>,
    /// It holds changes that are not committed.
    pub is_dirty: bool,
    /// All settings, as the tool that built it writes and reads them.
    pub recipe: Value,
}

/// The image of one platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImagePlatform {
    /// `linux/amd64`
    pub platform: String,
    /// Of its manifest.
    pub digest: String,
    /// Its programs.
    pub programs: Vec<ImageProgram>,
    /// Digests of its layers before compression.
    pub layers: Vec<String>,
}

/// A program of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageProgram {
    /// Absolute, in the image.
    pub path: String,
    /// In hex.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
    /// The version of Go.
    pub go: String,
    /// Flags and variables of the build.
    pub settings: BTreeMap<String, String>,
    /// Versions and sums of modules, by their path.
    pub modules: BTreeMap<String, String>,
}

impl Evidence for ImageBuilt {
    const KIND: Kind = Kind { name: "image-built", version: 1, left_by: "go-image build" };
}
