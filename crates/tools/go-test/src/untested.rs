//! Packages without tests, whose part of the cover profile an earlier run already made.
//!
//! With coverage, Go 1.22 and later runs two tools for every package without tests to say that
//! nothing of it is covered, and caches neither: in a robot with many small packages that takes
//! longer than the tests that ran. What they say follows from the package's files, from those of
//! all it imports (it has to compile), and from Go; so it is a kept verdict with their hashes in its key.
//!
//! They have a `go test` of their own: beside tested packages that import them they would change
//! the binaries of those, and so un-cache their results whenever the set changes.

use crate::closure;
use crate::input::ResolvedLayer;
use crate::toolchain::{self, Toolchain};
use robot_contract::{Context, Failure, Key, Reference, Shelf, write_atomically};
use robot_golang::package_list::{self, Package};
use robot_golang::suite::Suite;
use robot_golang::suite::TestOutcome;
use robot_model::Verdict;
use std::collections::BTreeMap;
use std::path::Path;

/// What need not be run again, and what is to be kept after the run.
#[derive(Debug, Default)]
pub(crate) struct Untested {
    /// Import paths of packages with tests; empty when the patterns are to be run as they are.
    pub(crate) tested: Vec<String>,
    /// Parts of the profile that are known, by import path.
    pub(crate) known: BTreeMap<String, String>,
    /// The keys of all parts, by import path.
    keys: BTreeMap<String, Key>,
    /// Where parts are kept.
    shelf: Option<Shelf>,
}

const FIELDS: &str = "-json=ImportPath,Dir,ForTest,Standard,DepOnly,Module,GoFiles,CgoFiles,\
                      TestGoFiles,XTestGoFiles,EmbedFiles,TestEmbedFiles,XTestEmbedFiles,\
                      EmbedPatterns,TestEmbedPatterns,XTestEmbedPatterns,Deps,DefaultGODEBUG,\
                      Incomplete";

/// The layer's packages and all that they and their tests need; `None` when go cannot list them,
/// which it then says itself when it tests them.
///
/// # Errors
/// go cannot work here.
pub(crate) fn list(
    layer: &ResolvedLayer,
    patterns: &[String],
    context: &Context,
) -> Result<Option<Vec<Package>>, Failure> {
    let list = toolchain::command(layer, context, "list")
        .args([FIELDS, "-deps", "-test"])
        .args(patterns.iter().cloned())
        .output_cap(256 << 20);
    let listed = robot_go_command::run(&list, context)?;
    let errors = robot_go_command::errors(&listed);
    if let Some(failure) = errors.as_deref().and_then(robot_go_command::outside_failure) {
        return Err(failure);
    }
    let packages = package_list::packages(listed.stdout.as_slice()).collect::<Result<_, _>>();
    Ok(packages.ok().filter(|_| listed.success()))
}

/// Looks up the layer's packages without tests. Whatever is in the way of that costs only time:
/// then all packages are run.
pub(crate) fn look_up(
    packages: &[Package],
    layer: &ResolvedLayer,
    go: &Toolchain,
    has_coverage: bool,
    context: &Context,
) -> Untested {
    try_look_up(packages, layer, go, has_coverage, context)
        .filter(|_| go.is_known())
        .unwrap_or_default()
}

fn try_look_up(
    packages: &[Package],
    layer: &ResolvedLayer,
    go: &Toolchain,
    has_coverage: bool,
    context: &Context,
) -> Option<Untested> {
    let shelf = context.kept();
    let packages = || packages.iter().filter(|package| !package.is_variant());
    let common = closure::common(layer, go, has_coverage);
    let digests: BTreeMap<&str, [u8; 32]> = packages()
        .filter(|package| !package.standard)
        .filter_map(|package| {
            Some((package.import_path.as_str(), robot_go_command::package_digest(package)?))
        })
        .collect();
    let mut untested = Untested::default();
    for package in packages().filter(|package| package.is_named()) {
        let path = &package.import_path;
        let key = has_no_tests(package).then(|| key(package, &digests, &common)).flatten();
        let Some(key) = key else {
            untested.tested.push(path.clone());
            continue;
        };
        if let Ok(kept) = shelf.look_up::<String>(&key) {
            untested.known.insert(path.clone(), kept.value);
        }
        untested.keys.insert(path.clone(), key);
    }
    untested.shelf = Some(shelf);
    // Without any test there is no evidence at all: go says so itself.
    (!untested.tested.is_empty()).then_some(untested)
}

fn has_no_tests(package: &Package) -> bool {
    // Code of C has inputs that the listing does not have.
    package.test_go_files.is_empty()
        && package.x_test_go_files.is_empty()
        && package.cgo_files.is_empty()
        && !package.incomplete
}

/// The key of the package's part; `None` when an input is not known.
fn key(package: &Package, digests: &BTreeMap<&str, [u8; 32]>, common: &Key) -> Option<Key> {
    let path = package.import_path.as_str();
    let mut key = common.about(format!("cover profile of {path}"));
    key.content(format!("package {path}"), digests.get(path)?);
    // Go's own packages have the version of Go.
    let needed = package.deps.iter().filter_map(|needed| digests.get(needed.as_str()));
    key.content("packages that it needs", needed.flatten().copied().collect::<Vec<u8>>());
    Some(key)
}

impl Untested {
    /// Packages of which nothing is known yet: they have to be run, apart from the others.
    pub(crate) fn unknown(&self) -> Vec<String> {
        self.unknown_parts().map(|(path, _)| path.clone()).collect()
    }

    fn unknown_parts(&self) -> impl Iterator<Item = (&String, &Key)> {
        self.keys.iter().filter(|(path, _)| !self.known.contains_key(*path))
    }

    /// What refers to the kept parts of all packages without tests; `None` if one of them is not kept.
    pub(crate) fn references(&self) -> Option<Vec<(String, Reference)>> {
        let shelf = self.shelf.as_ref()?;
        let references = self.keys.iter();
        references.map(|(path, key)| Some((path.clone(), shelf.reference(key)?))).collect()
    }

    /// After the runs: completes the profile of the tested packages, if there is one, with what is known
    /// and with `made`, the profile of the unknown ones, and keeps that; absent when their run failed.
    /// Counts packages that were not run as reused.
    pub(crate) fn complete(&self, suite: &mut Suite, profile: Option<&Path>, made: Option<&Path>) {
        for path in self.known.keys() {
            let package = suite.packages.entry(path.clone()).or_default();
            package.close(TestOutcome::Skip);
            package.reused = true;
        }
        let made = made.and_then(|made| fs_err::read_to_string(made).ok()).unwrap_or_default();
        let mut parts: String = self.known.values().map(String::as_str).collect();
        let is_made = profile.is_none() || !made.is_empty();
        for (path, key) in self.unknown_parts().filter(|_| is_made) {
            let part = part(&made, path);
            // Kept is only what go itself calls a package without tests: whatever the listing
            // missed, tests that once ran run again.
            let ran = suite.packages.get(path);
            let is_kept = ran.is_some_and(|package| {
                package.has_no_tests
                    && package.tests.is_empty()
                    && package.outcome.is_some_and(|outcome| !outcome.is_failure())
            });
            if let Some(shelf) = self.shelf.as_ref().filter(|_| is_kept) {
                let _ = shelf.keep(key, Verdict::Skipped, &[], &part);
            }
            parts += &part;
        }
        let Some(profile) = profile else { return };
        let Ok(text) = fs_err::read_to_string(profile) else { return };
        // What cannot be completed is not believed: the profile is then missed as a whole.
        if !parts.is_empty() && write_atomically(profile, (text + &parts).as_bytes()).is_err() {
            let _ = fs_err::remove_file(profile);
        }
    }
}

/// The lines of a profile that are of one package: `<import path>/<file>.go:…`.
pub(crate) fn part(profile: &str, import_path: &str) -> String {
    let is_of_package = |line: &&str| {
        let rest = line.strip_prefix(import_path).and_then(|rest| rest.strip_prefix('/'));
        rest.is_some_and(|rest| !rest.contains('/'))
    };
    profile.lines().filter(is_of_package).map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_the_lines_of_its_package_alone() {
        let profile =
            "mode: atomic\nm/a/x.go:1.2,3.4 1 0\nm/a/b/y.go:1.2,3.4 1 0\nm/ab/z.go:1.2,3.4 1 0\n";
        assert_eq!(part(profile, "m/a"), "m/a/x.go:1.2,3.4 1 0\n");
        assert_eq!(part(profile, "m"), "");
    }
}
