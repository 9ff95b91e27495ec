//! Coverage records: statements per file, and the files that a profile was measured on.

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
    /// Hash of the checked-out commit, hex; empty when unknown.
    pub commit: String,
    /// Time of the measurement, seconds since 1970.
    pub time: u64,
    /// All counted files, by their path below the measured folder.
    pub files: BTreeMap<String, Statements>,
}

/// The `schema` of a [`CoverSources`].
pub const COVER_SOURCES_SCHEMA: &str = "robot.cover-sources/v1";

/// The files that a cover profile was measured on (`<profile>.sources.json`, beside the profile). A later
/// step uses it to check that the profile belongs to the files in its checkout.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CoverSources {
    /// [`COVER_SOURCES_SCHEMA`].
    pub schema: String,
    /// Hash of the checked-out commit, hex; empty outside of git.
    pub commit: String,
    /// SHA-256 of the profile, hex.
    pub profile: String,
    /// SHA-256 (hex) of every Go file, tests included, in the folders that the profile names, by its path
    /// below the measured folder.
    pub files: BTreeMap<String, String>,
    /// Import paths of packages that have tests but no coverage, because their process ended before it could
    /// write it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmeasured: Vec<String>,
}

/// Counts of covered statements and of all statements.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Statements {
    /// Number of statements that ran.
    pub covered: u64,
    /// Number of statements.
    pub all: u64,
}

impl Statements {
    /// The percentage that is covered; `None` if there are no statements.
    pub fn percent(self) -> Option<f64> {
        (self.all > 0).then(|| 100.0 * self.covered as f64 / self.all as f64)
    }

    /// Adds with saturation, because the numbers may come from an untrusted file.
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
    /// Whether the numbers are valid: there are statements, and not more covered statements than statements.
    pub fn is_sound(&self) -> bool {
        self.total().all > 0 && self.files.values().all(|file| file.covered <= file.all)
    }

    /// Merges another measurement of the same commit, for example of a shard or a cell. A file that is in both
    /// keeps the record with more statements and, if equal, with more covered statements. The order of
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

    /// Sum of all files.
    pub fn total(&self) -> Statements {
        self.files.values().copied().sum()
    }

    /// Statements of each package, by its folder; `.` for the root folder.
    pub fn packages(&self) -> BTreeMap<&str, Statements> {
        let mut packages: BTreeMap<&str, Statements> = BTreeMap::new();
        for (path, statements) in &self.files {
            let folder = path.rsplit_once('/').map_or(".", |(folder, _)| folder);
            packages.entry(folder).or_default().add(*statements);
        }
        packages
    }
}
