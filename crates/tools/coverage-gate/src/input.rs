//! Settings, and what they come to.

use crate::thresholds::{self, Override, Thresholds, Unsound};
use robot_contract::{Failure, Provenance};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Settings of `coverage-gate`.
#[derive(Debug, Clone, clap::Args, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Input {
    /// Cover profiles and folders of coverage data (GOCOVERDIR), of shards and of Go versions; where they divide a file into other statements, the first one counts [default: the profile that go-test left]
    #[arg(long, value_name = "FILE", value_delimiter = ',')]
    pub profiles: Option<Vec<PathBuf>>,
    /// Percent of all statements that tests must run
    #[arg(long, value_name = "PERCENT")]
    pub total: Option<f64>,
    /// Percent that each package must have
    #[arg(long, value_name = "PERCENT")]
    pub package: Option<f64>,
    /// Percent that each file must have
    #[arg(long, value_name = "PERCENT")]
    pub file: Option<f64>,
    /// Percent of the statements that the change adds
    #[arg(long, value_name = "PERCENT")]
    pub patch: Option<f64>,
    /// Points that the total may fall below that of the base commit; without any record in `history`, as in a first run, it holds
    #[arg(long, value_name = "POINTS")]
    pub drop: Option<f64>,
    /// Other thresholds for some paths; the last that fits counts
    #[arg(skip)]
    pub overrides: Vec<Override>,
    /// Branch or commit that the change starts from [default: the pull request's base]
    #[arg(long, value_name = "REF")]
    pub base: Option<String>,
    /// Folder with records of earlier commits, which a workflow restores before and saves after runs of the default branch, as robot-ci.yml does [default: $RUNNER_TEMP/robot-history, and in it the working directory]
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
    /// `coverage.json`, statements of each file (`robot.coverage/v1`)
    Json,
    /// `coverage.lcov`
    Lcov,
    /// `cobertura.xml`
    Cobertura,
    /// `coverage.svg`, the total for a README
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
    /// Whether anything is asked of the coverage.
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
