//! Thresholds from the settings.

use globset::{GlobBuilder, GlobMatcher};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A threshold for some paths.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Override {
    /// Glob of files or packages, relative to the folder of go.mod or go.work: `cmd/**` matches package `cmd` and everything below it, `cmd/*` only what is directly in it
    pub path: String,
    /// Percent that tests must cover in each matching file and package, instead of `file` and `package`
    pub threshold: f64,
}

/// Thresholds in percent of statements; `None` means no threshold.
#[derive(Debug, Default)]
pub(crate) struct Thresholds {
    pub(crate) total: Option<f64>,
    pub(crate) package: Option<f64>,
    pub(crate) file: Option<f64>,
    pub(crate) patch: Option<f64>,
    /// Percentage points below the base.
    pub(crate) drop: Option<f64>,
    pub(crate) overrides: Vec<(GlobMatcher, f64)>,
}

/// An invalid override: its index, its field, and why.
#[derive(Debug)]
pub(crate) struct Unsound {
    pub(crate) index: usize,
    pub(crate) key: &'static str,
    pub(crate) reason: String,
}

/// Compiles the overrides: `*` ends at a `/`.
///
/// # Errors
/// The first invalid override.
pub(crate) fn overrides(given: &[Override]) -> Result<Vec<(GlobMatcher, f64)>, Unsound> {
    let compile = |(index, one): (usize, &Override)| {
        let unsound = |key, reason| Unsound { index, key, reason };
        if !(0.0..=100.0).contains(&one.threshold) {
            return Err(unsound("threshold", "expected 0 to 100 percent".to_owned()));
        }
        let glob = GlobBuilder::new(&one.path).literal_separator(true).build();
        let glob = glob.map_err(|error| unsound("path", error.to_string()))?;
        Ok((glob.compile_matcher(), one.threshold))
    };
    given.iter().enumerate().map(compile).collect()
}
