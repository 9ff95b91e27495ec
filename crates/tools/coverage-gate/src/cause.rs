//! Why a change does not pass.

use robot_contract::Cause as _;
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt;

/// The finer reason of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The share of all statements is below `total`
    Total,
    /// The total fell by more than `drop` allows
    Drop,
    /// The share of the statements that the change adds is below `patch`
    Patch,
    /// A package is below `package`, or below what `overrides` ask of it
    Package,
    /// A file is below `file`, or below what `overrides` ask of it
    File,
    /// The profile has no statement
    NoStatements,
    /// The base has a record that cannot be read, or should have one
    NoBaseline,
    /// The change has statements that no profile measures
    UnmeasuredChange,
}

impl robot_contract::Cause for Cause {}

impl fmt::Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.word())
    }
}
