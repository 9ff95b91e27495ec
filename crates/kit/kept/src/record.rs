//! A kept verdict as a file: a heading with the SHA-256 of the rest, then one JSON object.

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use robot_model::Verdict;
use robot_observe::Manner;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Name of the format, at the beginning of the file.
const SCHEMA: &str = "robot.verdict/v1";
/// Largest file in bytes.
pub(crate) const LIMIT: u64 = 64 << 20;
/// Largest number of inputs and of reads of one record.
const ENTRIES: usize = 200_000;

/// A kept verdict and everything that it depends on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    pub(crate) verb: String,
    pub(crate) repository: String,
    /// Folder in the repository.
    pub(crate) folder: String,
    pub(crate) subject: String,
    pub(crate) commit: Option<String>,
    pub(crate) made: Timestamp,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) verdict: Verdict,
    pub(crate) inputs: BTreeMap<String, String>,
    pub(crate) reads: Vec<Proof>,
    pub(crate) value: Value,
}

/// The state of a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Proof {
    pub(crate) path: PathBuf,
    pub(crate) manner: Manner,
    pub(crate) state: String,
}

/// Why a file is not a valid record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// It does not begin like a record.
    #[error("the file is not a kept verdict of this version")]
    Heading,
    /// Its hash does not match.
    #[error("the file was edited or cut off")]
    Damaged,
    /// Its contents are invalid.
    #[error("the file cannot be read: {0}")]
    Content(String),
}

impl Record {
    /// Reads a file's bytes.
    ///
    /// # Errors
    /// [`Record::write`] did not write it.
    pub fn read(bytes: &[u8]) -> Result<Self, RecordError> {
        let end = bytes.iter().take(256).position(|byte| *byte == b'\n');
        let (heading, body) = bytes.split_at(end.ok_or(RecordError::Heading)?);
        let body = &body[1..];
        let hash = std::str::from_utf8(heading).ok().and_then(|line| line.strip_prefix(SCHEMA));
        let hash = hash.and_then(|hash| hash.strip_prefix(' ')).ok_or(RecordError::Heading)?;
        if hash != HEXLOWER.encode(&Sha256::digest(body)) {
            return Err(RecordError::Damaged);
        }
        let content = |error: serde_json::Error| RecordError::Content(error.to_string());
        let record: Self = serde_json::from_slice(body).map_err(content)?;
        match record.inputs.len().max(record.reads.len()) > ENTRIES {
            true => Err(RecordError::Content("too many entries".to_owned())),
            false => Ok(record),
        }
    }

    /// The bytes of its file.
    ///
    /// # Errors
    /// It exceeds the limits for reading.
    pub fn write(&self) -> Result<Vec<u8>, String> {
        if self.inputs.len().max(self.reads.len()) > ENTRIES {
            return Err(format!("it depends on more than {ENTRIES} inputs"));
        }
        let body = serde_json::to_vec(self).map_err(|error| error.to_string())?;
        if body.len() as u64 > LIMIT - 256 {
            return Err(format!("it is larger than {} MiB", LIMIT >> 20));
        }
        let mut bytes =
            format!("{SCHEMA} {}\n", HEXLOWER.encode(&Sha256::digest(&body))).into_bytes();
        bytes.extend(body);
        Ok(bytes)
    }
}
