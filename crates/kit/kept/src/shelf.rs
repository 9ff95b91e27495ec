//! The store of kept verdicts: a folder for each subject with a file for each set of inputs.

use crate::key::{Key, difference, digest};
use crate::record::{LIMIT, Proof, Record};
use crate::world::World;
use jiff::{SignedDuration, Timestamp};
use robot_model::Verdict;
use robot_observe::Read;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// Largest number of records of one subject, and of all.
const OF_SUBJECT: usize = 8;
const OF_ALL: usize = 4000;
/// Largest size of all records in bytes. Compressed, they are a fraction of it; every run downloads them.
const BYTES_OF_ALL: u64 = 64 << 20;
/// Tolerated difference between the clocks of two machines.
const SLACK: SignedDuration = SignedDuration::from_mins(10);

/// The context that verdicts are bound to.
#[derive(Debug, Clone)]
pub struct Binding {
    /// Version of robot-actions.
    pub version: String,
    /// Tool and verb.
    pub verb: String,
    /// `owner/name`, or the folder of a checkout without a repository on a server.
    pub repository: String,
    /// The working folder in the repository.
    pub folder: String,
    /// The checked-out commit, in a job.
    pub commit: Option<String>,
    /// The current time.
    pub now: Timestamp,
    /// Whether no verdict of earlier runs is reused.
    pub fresh: bool,
    /// Folders of caches that may yet be restored: the current state of a path in them proves nothing.
    pub unrestored: Vec<PathBuf>,
}

/// A valid kept verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept<T> {
    /// The verdict, which always passes.
    pub verdict: Verdict,
    /// The commit of the run that determined it, if that was a job.
    pub commit: Option<String>,
    /// The time at which it was determined.
    pub made: Timestamp,
    /// Data that the tool stored with it.
    pub value: T,
}

/// Refers to a record of the same verb and folder, from another record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    subject: String,
    /// The digest of its inputs.
    inputs: String,
}

const MISNAMED: &str = "its inputs do not match its name";

/// Why a verdict must be determined again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The setting `fresh` is set.
    Fresh,
    /// No verdict is stored.
    Absent,
    /// Something that it depends on has changed.
    Changed(String),
    /// It expired at this time.
    Expired(Timestamp),
    /// The stored verdict is not trusted.
    NotBelieved(String),
}

impl fmt::Display for Why {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fresh => formatter.write_str("`fresh` is set"),
            Self::Absent => formatter.write_str("no verdict of an earlier run is kept"),
            Self::Changed(what) => formatter.write_str(what),
            Self::Expired(time) => write!(formatter, "the kept verdict expired at {time}"),
            Self::NotBelieved(why) => write!(formatter, "the kept verdict is not valid: {why}"),
        }
    }
}

/// The kept verdicts of one verb. Several threads may use it.
#[derive(Debug)]
pub struct Shelf {
    folder: PathBuf,
    binding: Binding,
    world: Mutex<World>,
}

impl Shelf {
    /// The store in a folder, which need not exist.
    pub fn new(folder: &Path, binding: Binding) -> Self {
        Self { folder: folder.join("verdicts"), binding, world: Mutex::default() }
    }

    /// The verdict of a key, if everything that it depends on is unchanged.
    ///
    /// # Errors
    /// There is no valid one; says why.
    pub fn look_up<T: DeserializeOwned>(&self, key: &Key) -> Result<Kept<T>, Why> {
        if self.binding.fresh {
            return Err(Why::Fresh);
        }
        let key = self.bound(key);
        let file = self.file(&key);
        let Some(bytes) = read(&file) else { return Err(self.other(&key)) };
        let record = self.believed(&bytes, &key.subject).map_err(Why::NotBelieved)?;
        if record.inputs != key.inputs {
            return Err(Why::NotBelieved(MISNAMED.to_owned()));
        }
        self.take(record, &file)
    }

    /// The verdict that another record refers to, if all that it was observed to read is unchanged. The caller knows that
    /// its key is still that of the subject, because the other record has the inputs that decide it.
    ///
    /// # Errors
    /// There is no valid one; says why.
    pub fn follow<T: DeserializeOwned>(&self, reference: &Reference) -> Result<Kept<T>, Why> {
        if self.binding.fresh {
            return Err(Why::Fresh);
        }
        let Reference { subject, inputs } = reference;
        // The name of a file comes from the record.
        if inputs.len() != 32 || !inputs.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Why::NotBelieved("it refers to no record".to_owned()));
        }
        let file = self.folder_of(subject).join(inputs);
        let bytes = read(&file).ok_or(Why::Absent)?;
        let record = self.believed(&bytes, subject).map_err(Why::NotBelieved)?;
        if digest(&record.inputs) != *inputs {
            return Err(Why::NotBelieved(MISNAMED.to_owned()));
        }
        self.take(record, &file)
    }

    /// What another record needs to refer to the verdict of a key; `None` if there is none.
    pub fn reference(&self, key: &Key) -> Option<Reference> {
        let key = self.bound(key);
        let reference = Reference { inputs: digest(&key.inputs), subject: key.subject.clone() };
        self.file(&key).is_file().then_some(reference)
    }

    /// A record whose key is known to hold, if nothing that it was observed to read has changed.
    fn take<T: DeserializeOwned>(&self, record: Record, file: &Path) -> Result<Kept<T>, Why> {
        if let Some(expires) = record.expires.filter(|expires| *expires <= self.binding.now) {
            return Err(Why::Expired(expires));
        }
        let unrestored = &self.binding.unrestored;
        let is_unknown = |proof: &&Proof| unrestored.iter().any(|it| proof.path.starts_with(it));
        if let Some(proof) = record.reads.iter().find(is_unknown) {
            let path = proof.path.display();
            return Err(Why::Changed(format!("{path} is in a cache that is not restored yet")));
        }
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(proof) = record.reads.iter().find(|proof| !world.holds(proof)) {
            return Err(Why::Changed(format!("{} changed", proof.path.display())));
        }
        drop(world);
        let Record { verdict, commit, made, value, .. } = record;
        let value = serde_json::from_value(value)
            .map_err(|error| Why::NotBelieved(format!("the file cannot be read: {error}")))?;
        // Marks it as used, so that pruning keeps it.
        if let Ok(file) = fs_err::File::options().append(true).open(file) {
            let _ = file.file().set_modified(SystemTime::now());
        }
        Ok(Kept { verdict, commit, made, value })
    }

    /// Stores a verdict with the reads that were observed while it was determined, each with its state at that time. A verdict
    /// that does not pass is not stored, and removes the one under its key.
    ///
    /// # Errors
    /// It cannot be stored; says why.
    pub fn keep(
        &self,
        key: &Key,
        verdict: Verdict,
        reads: &[Read],
        value: &impl Serialize,
    ) -> Result<(), String> {
        self.keep_until(key, verdict, reads, value, None)
    }

    /// As [`Shelf::keep`], for a verdict that expires at a time, such as the end of an exception.
    ///
    /// # Errors
    /// As [`Shelf::keep`].
    pub fn keep_until(
        &self,
        key: &Key,
        verdict: Verdict,
        reads: &[Read],
        value: &impl Serialize,
        expires: Option<Timestamp>,
    ) -> Result<(), String> {
        let key = self.bound(key);
        let file = self.file(&key);
        // The old verdict is removed even if the new one cannot be stored.
        match fs_err::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(format!("the kept verdict cannot be replaced: {error}"));
            }
            _ => {}
        }
        if !verdict.is_green() {
            return Ok(());
        }
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let proofs = world.prove(reads)?;
        drop(world);
        let Binding { verb, repository, folder, commit, now, .. } = &self.binding;
        let record = Record {
            verb: verb.clone(),
            repository: repository.clone(),
            folder: folder.clone(),
            subject: key.subject.clone(),
            commit: commit.clone(),
            made: *now,
            expires,
            verdict,
            inputs: key.inputs,
            reads: proofs,
            value: serde_json::to_value(value).map_err(|error| error.to_string())?,
        };
        let bytes = record.write()?;
        robot_files::write_atomically(&file, &bytes)
            .map_err(|error| format!("the verdict cannot be stored: {error}"))?;
        if let Some(folder) = file.parent() {
            remove_oldest(records(folder), OF_SUBJECT);
        }
        Ok(())
    }

    /// Removes the least recently used records of a folder that has too many or too large ones.
    pub fn tidy(&self) {
        let subjects = fs_err::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut all: Vec<_> = subjects.flat_map(|subject| records(&subject.path())).collect();
        all.sort();
        let size = |file: &PathBuf| file.metadata().map_or(0, |metadata| metadata.len());
        let mut bytes = 0;
        let newest = all.iter().rev().take(OF_ALL);
        let fitting = newest.take_while(|(_, file)| {
            bytes += size(file);
            bytes <= BYTES_OF_ALL
        });
        let fitting = fitting.count();
        if fitting < all.len() {
            // Half, so that not every run removes some.
            remove_oldest(all, fitting / 2);
        }
    }

    /// The key with the inputs of every verdict.
    fn bound(&self, key: &Key) -> Key {
        let mut key = key.clone();
        key.text("robot-actions", &self.binding.version);
        key
    }

    /// Path of a key's record.
    fn file(&self, key: &Key) -> PathBuf {
        self.folder_of(&key.subject).join(digest(&key.inputs))
    }

    /// The folder of a subject's records.
    fn folder_of(&self, subject: &str) -> PathBuf {
        let Binding { verb, folder, .. } = &self.binding;
        let parts = [("verb", verb.as_str()), ("folder", folder), ("subject", subject)];
        let parts = parts.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        self.folder.join(digest(&parts))
    }

    /// Checks that a record has this subject, whatever its inputs.
    fn believed(&self, bytes: &[u8], subject: &str) -> Result<Record, String> {
        let record = Record::read(bytes).map_err(|error| error.to_string())?;
        let Binding { verb, repository, folder, now, .. } = &self.binding;
        if record.repository != *repository {
            return Err(format!("it belongs to {}", record.repository));
        }
        if (&record.verb, &record.folder, &record.subject) != (verb, folder, &subject.to_owned()) {
            return Err(format!("it is about {} {}", record.verb, record.subject));
        }
        if record.made > *now + SLACK {
            return Err(format!("it was made in the future, {}", record.made));
        }
        if !record.verdict.is_green() {
            return Err(format!("a kept `{}` is never reused", record.verdict));
        }
        Ok(record)
    }

    /// Why there is no record of a key, from the newest record of its subject.
    fn other(&self, key: &Key) -> Why {
        let file = self.file(key);
        let mut others = file.parent().map(records).unwrap_or_default();
        others.sort();
        let newest = others.pop().and_then(|(_, newest)| read(&newest));
        match newest.map(|bytes| self.believed(&bytes, &key.subject)) {
            None => Why::Absent,
            Some(Ok(other)) => Why::Changed(difference(&other.inputs, &key.inputs)),
            Some(Err(why)) => Why::NotBelieved(why),
        }
    }
}

/// A whole file; `None` if it does not exist or is too large.
fn read(file: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    fs_err::File::open(file).ok()?.take(LIMIT + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= LIMIT).then_some(bytes)
}

/// Files of a folder, sorted by time.
fn records(folder: &Path) -> Vec<(SystemTime, PathBuf)> {
    let entries = fs_err::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect()
}

fn remove_oldest(mut records: Vec<(SystemTime, PathBuf)>, stay: usize) {
    records.sort();
    let surplus = records.len().saturating_sub(stay);
    for (_, file) in &records[..surplus] {
        let _ = fs_err::remove_file(file);
    }
}
