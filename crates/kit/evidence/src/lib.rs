//! Typed, versioned data that one step writes for later steps, bound to the commit and to the settings of the
//! step that wrote it.
//!
//! It is in `evidence/<name>.json` in the results folder. Evidence that cannot be read or does not match is
//! treated as missing, with the reason. A file of another job is untrusted: code that acts on a security fact
//! in it must verify that fact again.

mod cover_profile;
mod cover_sources;
mod image_built;
mod signature_verified;

pub use cover_profile::CoverProfile;
pub use cover_sources::{Sources, sha256};
pub use image_built::{ImageBuilt, ImagePlatform, ImageProgram};
pub use signature_verified::SignatureVerified;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Names the format of the file.
pub const EVIDENCE_SCHEMA: &str = "robot.evidence/v1";

/// Largest file that is read, in bytes.
const LIMIT: u64 = 16 << 20;

/// A type of evidence.
pub trait Evidence: Serialize + DeserializeOwned {
    /// What it is.
    const KIND: Kind;

    /// Why it is no longer valid for the contents of `directory`, such as a source that has changed since.
    fn outdated(&self, _directory: &Path) -> Option<String> {
        None
    }
}

/// A kind of evidence. Verbs use it to declare what they write and read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// The name of its file, in kebab-case: `cover-profile`.
    pub name: &'static str,
    /// Raised when older readers must reject it.
    pub version: u32,
    /// The verb that writes it: `go-test`.
    pub left_by: &'static str,
}

/// The context in which evidence is written or read.
#[derive(Debug, Clone, Copy)]
pub struct Holder<'a> {
    /// The results folder.
    pub results: &'a Path,
    /// The checked-out commit; empty outside of git.
    pub commit: &'a str,
    /// The working folder.
    pub directory: &'a Path,
}

/// The file.
#[derive(Debug, Serialize, Deserialize)]
struct Document<E> {
    schema: String,
    kind: String,
    version: u32,
    commit: String,
    /// SHA-256 of the settings of the step that wrote it, in hex.
    inputs: String,
    value: E,
}

/// Why evidence is missing.
#[derive(Debug, thiserror::Error)]
pub enum Missing {
    /// No step wrote it.
    #[error("no step wrote it")]
    Absent,
    /// It belongs to another commit.
    #[error("it belongs to commit {0}, which is not checked out")]
    OtherCommit(String),
    /// Another version of the program wrote it.
    #[error("another version of robot-actions wrote it: {0}")]
    OtherVersion(String),
    /// Its inputs have changed.
    #[error("{0}")]
    Outdated(String),
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] io::Error),
}

impl Kind {
    /// Path of its file.
    pub fn path(&self, results: &Path) -> PathBuf {
        results.join("evidence").join(format!("{}.json", self.name))
    }

    /// Removes the evidence of an earlier step, so that it is not mistaken for the one that will be written.
    ///
    /// # Errors
    /// It exists and cannot be removed.
    pub fn forget(&self, results: &Path) -> io::Result<()> {
        match fs_err::remove_file(self.path(results)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            ended => ended,
        }
    }
}

impl Holder<'_> {
    /// Writes evidence and replaces any earlier one. `inputs` is the digest of the step's settings.
    ///
    /// # Errors
    /// The results folder cannot be written.
    pub fn leave<E: Evidence>(&self, evidence: &E, inputs: &str) -> io::Result<PathBuf> {
        let path = E::KIND.path(self.results);
        let document = Document {
            schema: EVIDENCE_SCHEMA.to_owned(),
            kind: E::KIND.name.to_owned(),
            version: E::KIND.version,
            commit: self.commit.to_owned(),
            inputs: inputs.to_owned(),
            value: evidence,
        };
        robot_files::write_atomically(&path, &serde_json::to_vec(&document)?)?;
        Ok(path)
    }

    /// Reads the evidence that an earlier step wrote for this commit.
    ///
    /// # Errors
    /// There is no valid evidence; says why.
    pub fn require<E: Evidence>(&self) -> Result<E, Missing> {
        let file = match std::fs::File::open(E::KIND.path(self.results)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Missing::Absent),
            file => file?,
        };
        let mut bytes = Vec::new();
        file.take(LIMIT + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LIMIT {
            let what = format!("it is larger than {} MiB", LIMIT >> 20);
            return Err(Missing::Unreadable(io::Error::other(what)));
        }
        // Reads the header first: the value of another version may have another form.
        let Document { schema, kind, version, commit, .. } =
            serde_json::from_slice::<Document<serde::de::IgnoredAny>>(&bytes)
                .map_err(io::Error::from)?;
        let found = format!("{schema}, {kind} v{version}");
        if found != format!("{EVIDENCE_SCHEMA}, {} v{}", E::KIND.name, E::KIND.version) {
            return Err(Missing::OtherVersion(found));
        }
        if commit != self.commit {
            return Err(Missing::OtherCommit(commit));
        }
        let Document { value, .. } =
            serde_json::from_slice::<Document<E>>(&bytes).map_err(io::Error::from)?;
        match value.outdated(self.directory) {
            Some(why) => Err(Missing::Outdated(why)),
            None => Ok(value),
        }
    }
}

#[cfg(test)]
mod tests;
