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
