//! Causes of a verdict.

use robot_contract::Cause as _;
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt;

/// The cause of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The coverage of all statements is below `total`
    Total,
    /// The total coverage fell by more than `drop` allows
    Drop,
    /// The coverage of the statements that the change adds is below `patch`
    Patch,
    /// The coverage of a package is below `package`, or below its threshold in `overrides`
    Package,
    /// The coverage of a file is below `file`, or below its threshold in `overrides`
    File,
    /// The profile has no statements
    NoStatements,
    /// The coverage record of the base is missing or cannot be read
    NoBaseline,
    /// The change has statements that no profile covers
    UnmeasuredChange,
}

impl robot_contract::Cause for Cause {}

impl fmt::Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.word())
    }
}
