//! Caches the current states of paths, because many verdicts depend on the same files.

use crate::record::Proof;
use robot_observe::{Manner, Read, State};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Largest number of bytes that are hashed in one run.
const READ_LIMIT: u64 = 4 << 30;

#[derive(Debug, Default)]
pub(crate) struct World {
    known: HashMap<(PathBuf, Manner), (State, String)>,
    read: u64,
}

impl World {
    /// Whether a path still has the same state.
    pub(crate) fn holds(&mut self, proof: &Proof) -> bool {
        self.digest(&proof.path, proof.manner) == Some(&proof.state)
    }

    /// The state as a short text; `None` if it cannot be determined.
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

    /// The states of the paths when they were first accessed, or why they cannot be determined.
    pub(crate) fn prove(&mut self, reads: &[Read]) -> Result<Vec<Proof>, String> {
        let mut proofs = Vec::new();
        for read in reads {
            let told = || read.path.display().to_string();
            // It must not have been written to since.
            let now = State::of(&read.path, read.manner);
            if !now.is_ok_and(|now| now == read.state) {
                return Err(format!("{} changed meanwhile", told()));
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
