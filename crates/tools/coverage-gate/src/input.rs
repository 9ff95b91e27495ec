//! Settings of `coverage-gate`, and their resolution.

use crate::thresholds::{self, Override, Thresholds, Unsound};
use robot_contract::{Failure, Provenance};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Settings of `coverage-gate`.
#[derive(Debug, Clone, clap::Args, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Input {
    /// Cover profiles and folders of coverage data (GOCOVERDIR), for example of shards or Go versions; where they divide a file into different statements, the first one counts [default: the profile that go-test wrote]
    #[arg(long, value_name = "FILE", value_delimiter = ',')]
    pub profiles: Option<Vec<PathBuf>>,
    /// Percent of all statements that tests must cover
    #[arg(long, value_name = "PERCENT")]
    pub total: Option<f64>,
    /// Percent of each package's statements that tests must cover
    #[arg(long, value_name = "PERCENT")]
    pub package: Option<f64>,
    /// Percent of each file's statements that tests must cover
    #[arg(long, value_name = "PERCENT")]
    pub file: Option<f64>,
    /// Percent of the statements added by the change that tests must cover
    #[arg(long, value_name = "PERCENT")]
    pub patch: Option<f64>,
    /// Percentage points by which the total may fall below that of the base commit; passes while `history` has no record, as in a first run
    #[arg(long, value_name = "POINTS")]
    pub drop: Option<f64>,
    /// Thresholds for some paths; the last one that matches counts
    #[arg(skip)]
    pub overrides: Vec<Override>,
    /// Branch or commit to compare the change with [default: the pull request's base]
    #[arg(long, value_name = "REF")]
    pub base: Option<String>,
    /// Folder with coverage records of earlier commits; a workflow restores it before the run and saves it after runs of the default branch, as robot-ci.yml does [default: the working directory's folder in $RUNNER_TEMP/robot-history]
    #[arg(long, value_name = "DIR")]
    pub history: Option<PathBuf>,
    /// Files to write for other tools: json, lcov, cobertura, badge
    #[arg(long, value_name = "FORMAT", value_delimiter = ',')]
    pub formats: Vec<Format>,
}

/// A file for other tools.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// `coverage.json`: statements of each file (`robot.coverage/v1`)
    Json,
    /// `coverage.lcov`
    Lcov,
    /// `cobertura.xml`
    Cobertura,
    /// `coverage.svg`: a badge with the total
    Badge,
}

pub(crate) fn resolve(input: Input, provenance: &Provenance) -> Result<Input, Failure> {
    let percents = [
        ("total", input.total),
        ("package", input.package),
        ("file", input.file),
        ("patch", input.patch),
        ("drop", input.drop),
    ];
    for (key, percent) in percents {
        if percent.is_some_and(|percent| !(0.0..=100.0).contains(&percent)) {
            let place = provenance.place(key);
            return Err(Failure::config(format!("{place}: expected 0 to 100 percent")));
        }
    }
    thresholds::overrides(&input.overrides).map_err(|Unsound { index, key, reason }| {
        let place = provenance.place(&format!("overrides.{index}.{key}"));
        Failure::config(format!("{place}: {reason}"))
    })?;
    Ok(input)
}

impl Input {
    /// Whether any threshold is set.
    pub(crate) fn has_threshold(&self) -> bool {
        let shares = [self.total, self.package, self.file, self.patch, self.drop];
        shares.iter().any(Option::is_some) || !self.overrides.is_empty()
    }

    pub(crate) fn thresholds(&self) -> Result<Thresholds, Failure> {
        let overrides = thresholds::overrides(&self.overrides)
            .map_err(|unsound| Failure::internal(unsound.reason))?;
        Ok(Thresholds {
            total: self.total,
            package: self.package,
            file: self.file,
            patch: self.patch,
            drop: self.drop,
            overrides,
        })
    }
}
