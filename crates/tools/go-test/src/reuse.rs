//! Reuse of a layer's results: what need not run again, and what is to be kept of what ran.

use crate::closure::{self, Keys};
use crate::input::ResolvedLayer;
use crate::kept::Pass;
use crate::toolchain::Toolchain;
use crate::untested::part;
use robot_contract::{Context, Kept, Key, Reference, Shelf};
use robot_go_command::Processes;
use robot_golang::package_list::Package as Listed;
use robot_golang::suite::{Suite, TestOutcome};
use robot_model::Verdict;
use std::collections::BTreeMap;
use std::path::Path;

/// What is known of a layer's packages before they run.
#[derive(Debug, Default)]
pub(crate) struct Reuse {
    /// Passes that hold, by import path.
    pub(crate) kept: BTreeMap<String, Kept<Pass>>,
    /// Why the others run, by import path.
    pub(crate) reasons: BTreeMap<String, String>,
    /// The key of each package that may be kept.
    keys: BTreeMap<String, Key>,
    /// Whether some packages have no key.
    is_partial: bool,
    /// Where passes are kept; absent where nothing is.
    shelf: Option<Shelf>,
}

impl Reuse {
    /// Looks up which packages of a listing need not run.
    pub(crate) fn look_up(
        listed: &[Listed],
        layer: &ResolvedLayer,
        go: &Toolchain,
        has_coverage: bool,
        context: &Context,
    ) -> Self {
        if !go.repeats_results(layer) {
            return Self::default();
        }
        let shelf = context.kept();
        let mut reuse = Self::default();
        for (path, key) in closure::keys(listed, layer, go, has_coverage, context) {
            reuse.is_partial |= key.is_err();
            let found = key.and_then(|key| {
                let found = shelf.look_up(&key).map_err(|why| why.to_string());
                reuse.keys.insert(path.clone(), key);
                found
            });
            match found {
                Ok(kept) => drop(reuse.kept.insert(path, kept)),
                Err(reason) => drop(reuse.reasons.insert(path, reason)),
            }
        }
        Self { shelf: Some(shelf), ..reuse }
    }

    /// What refers to the passes of all packages with tests; `None` if one of them is not kept.
    pub(crate) fn references(&self) -> Option<Vec<(String, Reference)>> {
        let shelf = self.shelf.as_ref().filter(|_| !self.is_partial)?;
        let references = self.keys.iter();
        references.map(|(path, key)| Some((path.clone(), shelf.reference(key)?))).collect()
    }

    /// Adds what need not run to what ran.
    pub(crate) fn complete(&self, suite: &mut Suite) {
        let kept = self.kept.iter().map(|(path, kept)| (path.clone(), kept.value.package()));
        suite.packages.extend(kept);
    }

    /// Their lines of the cover profile.
    pub(crate) fn profile(&self) -> String {
        self.kept.values().map(|kept| kept.value.profile.as_str()).collect()
    }

    /// Keeps the passes of packages that ran, by what the observer left of their processes; notes why one
    /// cannot be kept. `keys` are those of what is there now: what go built is not known where somebody
    /// wrote to the sources meanwhile. What failed takes its earlier pass away.
    pub(crate) fn keep(
        &mut self,
        suite: &Suite,
        profile: Option<&Path>,
        processes: &Processes,
        keys: &Keys,
    ) {
        let Some(shelf) = &self.shelf else { return };
        // Without it a pass would be kept that covers nothing.
        let Ok(profile) = profile.map(fs_err::read_to_string).transpose() else { return };
        for (path, key) in &self.keys {
            let Some(package) = suite.packages.get(path).filter(|package| !package.reused) else {
                continue;
            };
            if package.outcome != Some(TestOutcome::Pass) || package.ran_nothing() {
                // As before, it says itself why it ran.
                let _ = shelf.keep(key, Verdict::Fail, &[], &());
                continue;
            }
            let is_same = keys.get(path).is_some_and(|now| now.as_ref() == Ok(key));
            let kept = match processes.record(path) {
                // Go starts no process for a package without tests.
                _ if package.has_no_tests => continue,
                _ if !is_same => Err("its sources changed while the tests ran".to_owned()),
                None => Err("what it reads was not observed".to_owned()),
                Some(record) => match record.reasons.first() {
                    Some(reason) => Err(reason.clone()),
                    None => {
                        let profile = profile.as_deref().map(|profile| part(profile, path));
                        let pass = Pass::of(package, profile.unwrap_or_default());
                        shelf.keep(key, Verdict::Pass, &record.reads, &pass)
                    }
                },
            };
            if let Err(reason) = kept {
                self.reasons.insert(path.clone(), reason);
            }
        }
        shelf.tidy();
    }
}
