//! Reuse of a layer's results: what need not run again, and what is to be kept of what ran.

use crate::closure::{self, Keys};
use crate::input::ResolvedLayer;
use crate::kept::{Keeper, Kept, World, bound};
use crate::toolchain::{self, Toolchain};
use crate::untested::part;
use robot_contract::Context;
use robot_go_command::Processes;
use robot_golang::package_list::Package as Listed;
use robot_golang::suite::Outcome;
use robot_golang::suite::Suite;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is known of a layer's packages before they run.
#[derive(Debug, Default)]
pub(crate) struct Reuse {
    /// Passes that hold, by import path.
    pub(crate) kept: BTreeMap<String, Kept>,
    /// Why the others run, by import path.
    pub(crate) reasons: BTreeMap<String, String>,
    /// The key of each package that may be kept.
    keys: BTreeMap<String, String>,
    /// Import paths of the layer's packages.
    listed: Vec<String>,
    variables: BTreeMap<String, String>,
    /// Where passes are kept.
    folder: PathBuf,
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
        let folder = robot_go_command::kept_folder(context).ok();
        let Some(folder) = folder.filter(|_| go.repeats_results(layer)) else {
            return Self::default();
        };
        let mut reuse = Self {
            folder: folder.join("tests"),
            variables: robot_go_command::variable_digests(&toolchain::command(
                layer, context, "test",
            )),
            listed: listed
                .iter()
                .filter(|package| package.is_named())
                .map(|package| package.import_path.clone())
                .collect(),
            ..Self::default()
        };
        let keys: Keys = closure::keys(listed, layer, go, has_coverage);
        let mut world = World::default();
        for (path, key) in keys {
            let found = key.and_then(|key| {
                let file = reuse.folder.join(&key);
                reuse.keys.insert(path.clone(), key);
                Kept::look_up(&file, &path, &reuse.variables, &mut world)
            });
            match found {
                Ok(kept) => drop(reuse.kept.insert(path, kept)),
                Err(reason) => drop(reuse.reasons.insert(path, reason)),
            }
        }
        reuse
    }

    /// Adds what need not run to what ran.
    pub(crate) fn complete(&self, suite: &mut Suite) {
        let kept = self.kept.iter().map(|(path, kept)| (path.clone(), kept.package()));
        suite.packages.extend(kept);
    }

    /// Their lines of the cover profile.
    pub(crate) fn profile(&self) -> String {
        self.kept.values().map(|kept| kept.profile.as_str()).collect()
    }

    /// Keeps the passes of packages that ran, by what the observer left of their processes; notes why one
    /// cannot be kept. `keys` are those of what is there now: what go built is not known where somebody
    /// wrote to the sources meanwhile.
    pub(crate) fn keep(
        &mut self,
        suite: &Suite,
        profile: Option<&Path>,
        processes: &Processes,
        keys: &Keys,
        context: &Context,
    ) {
        // Without it a pass would be kept that covers nothing.
        let Ok(profile) = profile.map(fs_err::read_to_string).transpose() else { return };
        let mut keeper = Keeper {
            folder: &self.folder,
            commit: context.run.identity.merge_sha.clone(),
            variables: &self.variables,
            world: World::default(),
        };
        for path in &self.listed {
            let package = suite.packages.get(path).filter(|package| {
                package.outcome == Some(Outcome::Pass) && !package.reused && !package.ran_nothing()
            });
            let (Some(package), Some(key)) = (package, self.keys.get(path)) else { continue };
            let part = profile.as_deref().map(|profile| part(profile, path)).unwrap_or_default();
            let is_same = keys.get(path).is_some_and(|now| now.as_ref() == Ok(key));
            let kept = match processes.record(path) {
                // Go starts no process for a package without tests.
                _ if package.has_no_tests => continue,
                _ if !is_same => Err("its sources changed while the tests ran".to_owned()),
                Some(record) => keeper.keep(key, path, package, part, record),
                None => Err("what it reads was not observed".to_owned()),
            };
            if let Err(reason) = kept {
                self.reasons.insert(path.clone(), reason);
            }
        }
        bound(&self.folder);
    }
}
