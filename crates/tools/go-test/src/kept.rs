//! Passes of earlier runs, each with all that it was reached from, beside Go's build cache.
//!
//! Go's own test cache is not asked: it does not know what is read before the tests begin, outside the
//! module, by other processes or through all variables at once (<https://go.dev/issue/59849>,
//! <https://go.dev/issue/23799>).

use robot_contract::write_atomically;
use robot_golang::suite::Outcome;
use robot_golang::suite::{Package, Test};
use robot_observe::{Manner, Record, State};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A pass and what it was reached from beside the test binary, whose key is the file's name.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kept {
    package: String,
    /// The commit of the run, in a job.
    pub(crate) commit: Option<String>,
    /// A hash of each variable.
    variables: BTreeMap<String, String>,
    reads: Vec<Proof>,
    elapsed: f64,
    tests: Vec<KeptTest>,
    /// The package's lines of the cover profile.
    pub(crate) profile: String,
}

/// What was at a path.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Proof {
    path: PathBuf,
    manner: Manner,
    state: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptTest {
    name: String,
    skipped: bool,
    elapsed: f64,
}

/// Bytes of one kept file that are read.
const LIMIT: u64 = 64 << 20;
/// Bytes of files that tests read which are hashed in one run.
const READ_LIMIT: u64 = 4 << 30;

/// What is at paths now: many packages read the same.
#[derive(Default)]
pub(crate) struct World {
    known: HashMap<(PathBuf, Manner), (State, String)>,
    read: u64,
}

impl World {
    /// As a short text; `None` when it cannot be told.
    fn digest(&mut self, path: &Path, manner: Manner) -> Option<&str> {
        let key = (path.to_owned(), manner);
        if !self.known.contains_key(&key) {
            let state = State::of(path, manner).ok()?;
            self.hash(&key, &state)?;
        }
        self.known.get(&key).map(|(_, digest)| digest.as_str())
    }

    fn hash(&mut self, key: &(PathBuf, Manner), state: &State) -> Option<()> {
        let digest = state.digest(&key.0, &mut self.read).ok()?;
        let is_too_much = self.read > READ_LIMIT;
        self.known.insert(key.clone(), (state.clone(), digest));
        (!is_too_much).then_some(())
    }

    /// What a record's paths hold, each as it was before the program asked for it; or what is in the
    /// way of knowing that.
    fn prove(&mut self, record: &Record) -> Result<Vec<Proof>, String> {
        let mut proofs = Vec::new();
        for read in &record.reads {
            let told = || read.path.display().to_string();
            // Nobody may have written to it since.
            let now = State::of(&read.path, read.manner);
            if !now.is_ok_and(|now| now == read.state) {
                return Err(format!("{} changed while tests ran", told()));
            }
            let key = (read.path.clone(), read.manner);
            if !self.known.get(&key).is_some_and(|(state, _)| *state == read.state) {
                let hashed = self.hash(&key, &read.state);
                hashed.ok_or_else(|| format!("{} cannot be read, or is too large", told()))?;
            }
            let state = self.known.get(&key).map(|(_, digest)| digest.clone()).unwrap_or_default();
            proofs.push(Proof { path: read.path.clone(), manner: read.manner, state });
        }
        Ok(proofs)
    }
}

impl Kept {
    /// The pass of a key, if there is one and all that it was reached from is as it was; else what is
    /// not.
    pub(crate) fn look_up(
        file: &Path,
        package: &str,
        variables: &BTreeMap<String, String>,
        world: &mut World,
    ) -> Result<Self, String> {
        let none = || "no kept pass of this code, its dependencies, Go and the flags".to_owned();
        let kept = Self::read(file).filter(|kept| kept.package == package).ok_or_else(none)?;
        let names = kept.variables.keys().chain(variables.keys());
        let mut changed = names.filter(|name| kept.variables.get(*name) != variables.get(*name));
        if let Some(name) = changed.next() {
            return Err(format!("variable {name} changed"));
        }
        let changed = kept
            .reads
            .iter()
            .find(|proof| world.digest(&proof.path, proof.manner) != Some(&proof.state));
        match changed {
            Some(proof) => Err(format!("{} changed", proof.path.display())),
            None => {
                // Used: pruning keeps it.
                if let Ok(file) = fs_err::File::options().append(true).open(file) {
                    let _ = file.file().set_modified(SystemTime::now());
                }
                Ok(kept)
            }
        }
    }

    /// A file that is not ours, of another version or cut short is as if it were not there.
    fn read(file: &Path) -> Option<Self> {
        use std::io::Read as _;
        let mut bytes = Vec::new();
        fs_err::File::open(file).ok()?.take(LIMIT).read_to_end(&mut bytes).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// The package as if it had run.
    pub(crate) fn package(&self) -> Package {
        let test = |test: &KeptTest| Test {
            name: test.name.clone(),
            outcome: if test.skipped { Outcome::Skip } else { Outcome::Pass },
            elapsed: test.elapsed,
            output: String::new(),
        };
        Package::reused(self.tests.iter().map(test).collect(), self.elapsed)
    }
}

/// What is the same for all passes of a run.
pub(crate) struct Keeper<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) commit: Option<String>,
    pub(crate) variables: &'a BTreeMap<String, String>,
    pub(crate) world: World,
}

impl Keeper<'_> {
    /// Keeps a pass; says why it cannot be kept.
    pub(crate) fn keep(
        &mut self,
        key: &str,
        path: &str,
        package: &Package,
        profile: String,
        record: &Record,
    ) -> Result<(), String> {
        if let Some(reason) = record.reasons.first() {
            return Err(reason.clone());
        }
        let kept = Kept {
            package: path.to_owned(),
            commit: self.commit.clone(),
            variables: self.variables.clone(),
            reads: self.world.prove(record)?,
            elapsed: package.elapsed,
            tests: package
                .tests
                .iter()
                .map(|test| KeptTest {
                    name: test.name.clone(),
                    skipped: test.outcome == Outcome::Skip,
                    elapsed: test.elapsed,
                })
                .collect(),
            profile,
        };
        let bytes = serde_json::to_vec(&kept).map_err(|error| error.to_string())?;
        write_atomically(&self.folder.join(key), &bytes)
            .map_err(|error| format!("its pass cannot be kept: {error}"))
    }
}

/// Passes that are kept at most: on a laptop nobody else prunes them.
const FILES: usize = 4000;

/// Removes the longest unused passes of a folder that has too many.
pub(crate) fn bound(folder: &Path) {
    let entries = fs_err::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut files: Vec<(SystemTime, PathBuf)> = entries
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    if files.len() > FILES {
        files.sort();
        for (_, file) in &files[..files.len() - FILES / 2] {
            let _ = fs_err::remove_file(file);
        }
    }
}
