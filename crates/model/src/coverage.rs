//! Coverage: numbers of each file, and which files they are of.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The `schema` of a [`CoverageRecord`].
pub const COVERAGE_SCHEMA: &str = "robot.coverage/v1";

/// What the tests of one commit covered (`coverage/<commit>.json` of the history folder, and
/// `coverage.json` of `coverage-gate`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CoverageRecord {
    /// [`COVERAGE_SCHEMA`].
    pub schema: String,
    /// Hash of the commit that was checked out, hex; empty when it is not known.
    pub commit: String,
    /// When it was measured, seconds since 1970.
    pub time: u64,
    /// All files that count, by their path below the folder that was measured.
    pub files: BTreeMap<String, Statements>,
}

/// The `schema` of a [`CoverSources`].
pub const COVER_SOURCES_SCHEMA: &str = "robot.cover-sources/v1";

/// Which files a cover profile was measured on (`<profile>.sources.json`, beside the profile): by it a
/// later step knows that the profile is of the files that it sees.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CoverSources {
    /// [`COVER_SOURCES_SCHEMA`].
    pub schema: String,
    /// Hash of the commit that was checked out, hex; empty outside of git.
    pub commit: String,
    /// SHA-256 of the profile itself, hex.
    pub profile: String,
    /// SHA-256, hex, of every Go file in the folders that the profile names, tests included, by its
    /// path below the folder that was measured.
    pub files: BTreeMap<String, String>,
    /// Import paths of packages that have tests, but whose coverage was not measured: their process ended
    /// before it could write it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmeasured: Vec<String>,
}

/// Covered and all statements.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Statements {
    /// Statements that ran.
    pub covered: u64,
    /// Statements.
    pub all: u64,
}

impl Statements {
    /// The covered share in percent; `None` where there is nothing to cover.
    pub fn percent(self) -> Option<f64> {
        (self.all > 0).then(|| 100.0 * self.covered as f64 / self.all as f64)
    }

    /// Adds, saturating: the numbers may come from a file.
    pub fn add(&mut self, other: Self) {
        self.covered = self.covered.saturating_add(other.covered);
        self.all = self.all.saturating_add(other.all);
    }
}

impl std::iter::Sum for Statements {
    fn sum<I: Iterator<Item = Self>>(shares: I) -> Self {
        shares.fold(Self::default(), |mut total, share| {
            total.add(share);
            total
        })
    }
}

impl CoverageRecord {
    /// Whether the numbers can be: there are statements, and no more covered ones than there are.
    pub fn is_sound(&self) -> bool {
        self.total().all > 0 && self.files.values().all(|file| file.covered <= file.all)
    }

    /// Takes over another measurement of the same commit, as of a shard or a cell: files of either;
    /// of a file in both the larger one, and of equal ones what more tests ran. The order of
    /// measurements does not matter.
    pub fn merge(&mut self, other: Self) {
        self.time = self.time.max(other.time);
        for (path, theirs) in other.files {
            let ours = self.files.entry(path).or_default();
            if (theirs.all, theirs.covered) > (ours.all, ours.covered) {
                *ours = theirs;
            }
        }
    }

    /// All statements.
    pub fn total(&self) -> Statements {
        self.files.values().copied().sum()
    }

    /// Statements of each package, by its folder; `.` for the outermost.
    pub fn packages(&self) -> BTreeMap<&str, Statements> {
        let mut packages: BTreeMap<&str, Statements> = BTreeMap::new();
        for (path, statements) in &self.files {
            let folder = path.rsplit_once('/').map_or(".", |(folder, _)| folder);
            packages.entry(folder).or_default().add(*statements);
        }
        packages
    }
}
