//! Which thresholds hold.

use crate::measure::{Measured, Share};
use globset::{Glob, GlobMatcher};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A threshold for some paths.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Override {
    /// Glob of files or folders below the repository's root: `cmd/**`
    pub path: String,
    /// Percent that each file and package of it must have, instead of `file` and `package`
    pub threshold: f64,
}

/// What must hold, in percent of statements; `None` asks nothing.
#[derive(Debug, Default)]
pub(crate) struct Thresholds {
    pub(crate) total: Option<f64>,
    pub(crate) package: Option<f64>,
    pub(crate) file: Option<f64>,
    pub(crate) patch: Option<f64>,
    pub(crate) overrides: Vec<(GlobMatcher, f64)>,
}

/// A threshold that does not hold.
#[derive(Debug, PartialEq)]
pub(crate) struct Miss {
    /// `total`, `patch`, `package`, `file`.
    pub(crate) kind: &'static str,
    /// Path of the file or package.
    pub(crate) path: Option<String>,
    pub(crate) percent: f64,
    pub(crate) threshold: f64,
}

/// Compiles the overrides.
///
/// # Errors
/// Index and reason of the first glob that is none.
pub(crate) fn overrides(given: &[Override]) -> Result<Vec<(GlobMatcher, f64)>, (usize, String)> {
    let compile = |(index, one): (usize, &Override)| match Glob::new(&one.path) {
        Ok(glob) => Ok((glob.compile_matcher(), one.threshold)),
        Err(error) => Err((index, error.to_string())),
    };
    given.iter().enumerate().map(compile).collect()
}

/// All thresholds that do not hold; the repository's first.
pub(crate) fn misses(measured: &Measured, thresholds: &Thresholds) -> Vec<Miss> {
    let mut misses = Vec::new();
    let mut check = |kind, path: Option<&str>, share: Share, threshold: Option<f64>| {
        let (Some(percent), Some(threshold)) = (share.percent(), threshold) else { return };
        if percent < threshold {
            misses.push(Miss { kind, path: path.map(str::to_owned), percent, threshold });
        }
    };
    check("total", None, measured.total(), thresholds.total);
    check("patch", None, measured.patch(), thresholds.patch);
    // The last override that fits counts, so that exceptions stand below rules.
    let special = |path: &str| {
        let fits = |(glob, _): &&(GlobMatcher, f64)| glob.is_match(path);
        thresholds.overrides.iter().rev().find(fits).map(|(_, threshold)| *threshold)
    };
    for (path, share) in measured.packages() {
        check("package", Some(path), share, special(path).or(thresholds.package));
    }
    for file in &measured.files {
        check("file", Some(&file.path), file.share, special(&file.path).or(thresholds.file));
    }
    misses
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::File;

    fn measured() -> Measured {
        let file = |path: &str, covered, all| File {
            path: path.to_owned(),
            share: Share { covered, all },
            ..File::default()
        };
        let files = vec![
            file("cmd/robot/main.go", 1, 10),
            file("pkg/a.go", 9, 10),
            file("pkg/b.go", 5, 10),
        ];
        Measured { files, generated: 0 }
    }

    fn missed(thresholds: &Thresholds) -> Vec<(&'static str, Option<String>)> {
        misses(&measured(), thresholds).into_iter().map(|miss| (miss.kind, miss.path)).collect()
    }

    #[test]
    fn each_threshold_is_checked_where_it_belongs() {
        assert!(missed(&Thresholds { total: Some(50.0), ..Thresholds::default() }).is_empty());
        assert_eq!(
            missed(&Thresholds { total: Some(50.1), ..Thresholds::default() }),
            [("total", None)]
        );
        assert_eq!(
            missed(&Thresholds { package: Some(70.0), ..Thresholds::default() }),
            [("package", Some("cmd/robot".to_owned()))]
        );
        assert_eq!(missed(&Thresholds { file: Some(80.0), ..Thresholds::default() }).len(), 2);
        // Nothing changed: nothing to cover.
        assert!(missed(&Thresholds { patch: Some(100.0), ..Thresholds::default() }).is_empty());
    }

    #[test]
    fn the_last_override_that_fits_counts() {
        let given = |path: &str, threshold| Override { path: path.to_owned(), threshold };
        let overrides = overrides(&[given("**", 99.0), given("cmd/**", 0.0)]).unwrap();
        let missed = missed(&Thresholds { overrides, ..Thresholds::default() });
        let paths: Vec<_> = missed.into_iter().filter_map(|(_, path)| path).collect();
        assert_eq!(paths, ["pkg", "pkg/a.go", "pkg/b.go"]);
        assert_eq!(super::overrides(&[given("a{", 1.0)]).unwrap_err().0, 0);
    }
}
