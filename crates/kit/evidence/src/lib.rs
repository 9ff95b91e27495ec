//! What one step leaves for the next: typed, versioned, bound to a commit and to the settings of the
//! step that left it.
//!
//! `evidence/<name>.json` in the folder of results. What cannot be read or does not fit is as if it were
//! absent, and says why. A file that another job left is data from outside: who acts on a security fact
//! that it tells verifies that fact again.

mod cover_profile;
mod cover_sources;
mod signature_verified;

pub use cover_profile::CoverProfile;
pub use cover_sources::{Sources, sha256};
pub use signature_verified::SignatureVerified;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Names the format of the file.
pub const EVIDENCE_SCHEMA: &str = "robot.evidence/v1";

/// Bytes of a file that are read at most.
const LIMIT: u64 = 16 << 20;

/// A type of evidence.
pub trait Evidence: Serialize + DeserializeOwned {
    /// What it is.
    const KIND: Kind;

    /// Why it does not hold any more for what is in `directory`, such as a source that has changed since.
    fn outdated(&self, _directory: &Path) -> Option<String> {
        None
    }
}

/// What a piece of evidence is, apart from its value. Verbs declare with it what they leave and take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// The name of its file, in kebab-case: `cover-profile`.
    pub name: &'static str,
    /// Raised when an older reader must not take it for its own.
    pub version: u32,
    /// The verb that leaves it: `go-test`.
    pub left_by: &'static str,
}

/// Who leaves evidence, or looks for it.
#[derive(Debug, Clone, Copy)]
pub struct Holder<'a> {
    /// The folder of results.
    pub results: &'a Path,
    /// The commit that is checked out; empty outside of git.
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
    /// SHA-256 of the settings of the step that left it, in hex.
    inputs: String,
    value: E,
}

/// Why there is no evidence.
#[derive(Debug, thiserror::Error)]
pub enum Missing {
    /// Nobody left it.
    #[error("no step left it")]
    Absent,
    /// It is another commit's.
    #[error("it belongs to commit {0}, which is not checked out")]
    OtherCommit(String),
    /// Another version of the program left it.
    #[error("another version of robot-actions left it: {0}")]
    OtherVersion(String),
    /// What it was made of has changed.
    #[error("{0}")]
    Outdated(String),
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] io::Error),
}

impl Kind {
    /// Where its file is.
    pub fn path(&self, results: &Path) -> PathBuf {
        results.join("evidence").join(format!("{}.json", self.name))
    }

    /// Removes what an earlier step left, so that it does not pass for what is about to be made.
    ///
    /// # Errors
    /// It is there and cannot be removed.
    pub fn forget(&self, results: &Path) -> io::Result<()> {
        match fs_err::remove_file(self.path(results)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            ended => ended,
        }
    }
}

impl Holder<'_> {
    /// Leaves evidence; what was left before is replaced whole. `inputs` is the digest of the step's
    /// settings.
    ///
    /// # Errors
    /// The folder of results cannot be written.
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

    /// Takes what an earlier step left for this commit.
    ///
    /// # Errors
    /// There is none that holds here, and why.
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
        // The head alone first: the value of another version need not fit.
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
