//! Where verdicts are kept: a folder for each subject, in it a file for each set of inputs.

use crate::key::{Key, difference, digest};
use crate::record::{LIMIT, Record};
use crate::world::World;
use jiff::{SignedDuration, Timestamp};
use robot_model::Verdict;
use robot_observe::Read;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// Records of one subject, and of all, that stay: on a laptop nobody else prunes them.
const OF_SUBJECT: usize = 8;
const OF_ALL: usize = 4000;
/// Clocks of two machines may differ by so much.
const SLACK: SignedDuration = SignedDuration::from_mins(10);

/// What verdicts are bound to.
#[derive(Debug, Clone)]
pub struct Binding {
    /// Version of robot-actions.
    pub version: String,
    /// Tool and verb.
    pub verb: String,
    /// `owner/name`, or the folder of a checkout that belongs to no repository of a server.
    pub repository: String,
    /// The working folder in the repository.
    pub folder: String,
    /// The commit that is checked out, in a job.
    pub commit: Option<String>,
    /// What time it is.
    pub now: Timestamp,
    /// Whether nothing of earlier runs is repeated.
    pub fresh: bool,
}

/// A verdict that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept<T> {
    /// Always green.
    pub verdict: Verdict,
    /// The commit of the run that reached it, if that was a job.
    pub commit: Option<String>,
    /// When it was reached.
    pub made: Timestamp,
    /// What the tool kept with it.
    pub value: T,
}

/// Why a verdict has to be reached anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The setting `fresh` asks for that.
    Fresh,
    /// None was kept.
    Absent,
    /// What it was reached from is not as it was.
    Changed(String),
    /// It held until then.
    Expired(Timestamp),
    /// What is kept is not believed.
    NotBelieved(String),
}

impl fmt::Display for Why {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fresh => formatter.write_str("`fresh` asks for real runs"),
            Self::Absent => formatter.write_str("no verdict of an earlier run is kept"),
            Self::Changed(what) => formatter.write_str(what),
            Self::Expired(time) => write!(formatter, "the kept verdict held until {time}"),
            Self::NotBelieved(why) => write!(formatter, "the kept verdict does not count: {why}"),
        }
    }
}

/// Kept verdicts of one verb. Several threads may use it.
#[derive(Debug)]
pub struct Shelf {
    folder: PathBuf,
    binding: Binding,
    world: Mutex<World>,
}

impl Shelf {
    /// The shelf in a folder, which may not be there yet.
    pub fn new(folder: &Path, binding: Binding) -> Self {
        Self { folder: folder.join("verdicts"), binding, world: Mutex::default() }
    }

    /// The verdict of a key, while all that it was reached from is as it was.
    ///
    /// # Errors
    /// There is none that holds, and why.
    pub fn look_up<T: DeserializeOwned>(&self, key: &Key) -> Result<Kept<T>, Why> {
        if self.binding.fresh {
            return Err(Why::Fresh);
        }
        let key = self.bound(key);
        let file = self.file(&key);
        let Some(bytes) = read(&file) else { return Err(self.other(&key)) };
        let record = self.believed(&bytes, &key).map_err(Why::NotBelieved)?;
        if record.inputs != key.inputs {
            let why = "it is of other inputs than its name says".to_owned();
            return Err(Why::NotBelieved(why));
        }
        if let Some(expires) = record.expires.filter(|expires| *expires <= self.binding.now) {
            return Err(Why::Expired(expires));
        }
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(proof) = record.reads.iter().find(|proof| !world.holds(proof)) {
            return Err(Why::Changed(format!("{} changed", proof.path.display())));
        }
        drop(world);
        let Record { verdict, commit, made, value, .. } = record;
        let value = serde_json::from_value(value)
            .map_err(|error| Why::NotBelieved(format!("it cannot be read: {error}")))?;
        // Used: pruning keeps it.
        if let Ok(file) = fs_err::File::options().append(true).open(&file) {
            let _ = file.file().set_modified(SystemTime::now());
        }
        Ok(Kept { verdict, commit, made, value })
    }

    /// Keeps a verdict with the reads that were observed while it was reached, each as it was then. One that is not
    /// green is not kept, and neither is what was kept under its key before.
    ///
    /// # Errors
    /// It cannot be kept, and why.
    pub fn keep(
        &self,
        key: &Key,
        verdict: Verdict,
        reads: &[Read],
        value: &impl Serialize,
    ) -> Result<(), String> {
        self.keep_until(key, verdict, reads, value, None)
    }

    /// The same for a verdict that holds until a time, such as the end of an exception.
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
        // Whatever stands in the way of the new one, the old one does not hold beside it.
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
            .map_err(|error| format!("the verdict cannot be kept: {error}"))?;
        if let Some(folder) = file.parent() {
            remove_oldest(records(folder), OF_SUBJECT);
        }
        Ok(())
    }

    /// Removes the longest unused records of a folder that has too many.
    pub fn tidy(&self) {
        let subjects = fs_err::read_dir(&self.folder).into_iter().flatten().flatten();
        let all: Vec<_> = subjects.flat_map(|subject| records(&subject.path())).collect();
        if all.len() > OF_ALL {
            remove_oldest(all, OF_ALL / 2);
        }
    }

    /// The key with what every verdict depends on.
    fn bound(&self, key: &Key) -> Key {
        let mut key = key.clone();
        key.text("robot-actions", &self.binding.version);
        key
    }

    /// Where a key's record is.
    fn file(&self, key: &Key) -> PathBuf {
        let Binding { verb, folder, .. } = &self.binding;
        let parts = [("verb", verb), ("folder", folder), ("subject", &key.subject)];
        let subject = parts.map(|(name, value)| (name.to_owned(), value.clone())).into();
        self.folder.join(digest(&subject)).join(digest(&key.inputs))
    }

    /// A record of this key's subject, whatever its inputs.
    fn believed(&self, bytes: &[u8], key: &Key) -> Result<Record, String> {
        let record = Record::read(bytes).map_err(|error| error.to_string())?;
        let Binding { verb, repository, folder, now, .. } = &self.binding;
        if record.repository != *repository {
            return Err(format!("it belongs to {}", record.repository));
        }
        if (&record.verb, &record.folder, &record.subject) != (verb, folder, &key.subject) {
            return Err(format!("it is about {} {}", record.verb, record.subject));
        }
        if record.made > *now + SLACK {
            return Err(format!("it was made in the future, {}", record.made));
        }
        if !record.verdict.is_green() {
            return Err(format!("a kept `{}` is never repeated", record.verdict));
        }
        Ok(record)
    }

    /// Why there is no record of a key: what the newest one of its subject says.
    fn other(&self, key: &Key) -> Why {
        let file = self.file(key);
        let mut others = file.parent().map(records).unwrap_or_default();
        others.sort();
        let newest = others.pop().and_then(|(_, newest)| read(&newest));
        match newest.map(|bytes| self.believed(&bytes, key)) {
            None => Why::Absent,
            Some(Ok(other)) => Why::Changed(difference(&other.inputs, &key.inputs)),
            Some(Err(why)) => Why::NotBelieved(why),
        }
    }
}

/// A file as a whole; `None` where there is none, or one that is too large.
fn read(file: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    fs_err::File::open(file).ok()?.take(LIMIT + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= LIMIT).then_some(bytes)
}

/// Files of a folder by their time.
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
