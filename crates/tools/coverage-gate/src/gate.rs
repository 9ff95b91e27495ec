//! Checks the thresholds.

use crate::cause::Cause;
use crate::measure::Measured;
use crate::thresholds::Thresholds;
use globset::GlobMatcher;
use robot_model::{CoverageRecord, Statements};

/// A threshold that is not met.
#[derive(Debug, PartialEq)]
pub(crate) struct Miss {
    /// Which threshold.
    pub(crate) kind: Cause,
    /// Path of the file or package.
    pub(crate) path: Option<String>,
    pub(crate) percent: f64,
    pub(crate) threshold: f64,
}

/// All thresholds that are not met: first the repository's, then packages, then files, with the largest shortfall first.
/// `now` is the measurement, `before` the record of the base, if there is one.
pub(crate) fn misses(
    measured: &Measured<'_>,
    now: &CoverageRecord,
    before: Option<&CoverageRecord>,
    thresholds: &Thresholds,
) -> Vec<Miss> {
    let mut misses = Vec::new();
    let mut check = |kind, path: Option<&str>, share: Statements, threshold: Option<f64>| {
        let (Some(percent), Some(threshold)) = (share.percent(), threshold) else { return };
        if percent < threshold {
            misses.push(Miss { kind, path: path.map(str::to_owned), percent, threshold });
        }
    };
    check(Cause::Total, None, now.total(), thresholds.total);
    let allowed = before.and_then(|before| Some(before.total().percent()? - thresholds.drop?));
    check(Cause::Drop, None, now.total(), allowed.map(round));
    check(Cause::Patch, None, measured.patch(), thresholds.patch);
    // The last matching override counts, so that exceptions come after rules.
    let special = |fits: &dyn Fn(&GlobMatcher) -> bool| {
        let fits = |(glob, _): &&(GlobMatcher, f64)| fits(glob);
        thresholds.overrides.iter().rev().find(fits).map(|(_, threshold)| *threshold)
    };
    for (path, share) in now.packages() {
        // `cmd/**` also matches package `cmd`.
        let inside = format!("{path}/");
        let other = special(&|glob| glob.is_match(path) || glob.is_match(&inside));
        check(Cause::Package, Some(path), share, other.or(thresholds.package));
    }
    for file in &measured.files {
        let other = special(&|glob| glob.is_match(&file.path));
        check(Cause::File, Some(&file.path), file.statements, other.or(thresholds.file));
    }
    let below = |miss: &Miss| miss.threshold - miss.percent;
    misses.sort_by(|one, other| {
        let rank = |miss: &Miss| match miss.kind {
            Cause::Package => 1,
            Cause::File => 2,
            _ => 0,
        };
        let by_kind = rank(one).cmp(&rank(other));
        let by_points = below(other).total_cmp(&below(one));
        // The repository's own thresholds are in the order of their settings.
        by_kind.then(if one.path.is_some() { by_points } else { by_kind })
    });
    misses
}

/// Rounds to a hundred-millionth, so that errors of floating-point subtraction do not fail a gate.
fn round(percent: f64) -> f64 {
    (percent * 1e8).floor() / 1e8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::File;
    use crate::thresholds::{self, Override};

    fn measured() -> Measured<'static> {
        let file = |path: &str, covered, all| File {
            path: path.to_owned(),
            statements: Statements { covered, all },
            ..File::default()
        };
        let files = vec![
            file("cmd/robot/main.go", 1, 10),
            file("pkg/a.go", 9, 10),
            file("pkg/b.go", 5, 10),
        ];
        Measured { files, ..Measured::default() }
    }

    fn missed(thresholds: &Thresholds) -> Vec<(Cause, Option<String>)> {
        let measured = measured();
        let now = measured.record("", 0);
        misses(&measured, &now, None, thresholds)
            .into_iter()
            .map(|miss| (miss.kind, miss.path))
            .collect()
    }

    #[test]
    fn each_threshold_is_checked_where_it_belongs() {
        assert!(missed(&Thresholds { total: Some(50.0), ..Thresholds::default() }).is_empty());
        assert_eq!(
            missed(&Thresholds { total: Some(50.1), ..Thresholds::default() }),
            [(Cause::Total, None)]
        );
        assert_eq!(
            missed(&Thresholds { package: Some(70.0), ..Thresholds::default() }),
            [(Cause::Package, Some("cmd/robot".to_owned()))]
        );
        assert_eq!(missed(&Thresholds { file: Some(80.0), ..Thresholds::default() }).len(), 2);
        // Nothing changed: nothing to cover.
        assert!(missed(&Thresholds { patch: Some(100.0), ..Thresholds::default() }).is_empty());
    }

    #[test]
    fn the_total_may_fall_as_far_as_it_is_allowed() {
        let measured = measured();
        let now = measured.record("", 0);
        let mut before = now.clone();
        // 50 % now, 60 % before.
        before.files.insert("pkg/b.go".to_owned(), Statements { covered: 8, all: 10 });
        let missed = |drop, before| {
            let thresholds = Thresholds { drop: Some(drop), ..Thresholds::default() };
            misses(&measured, &now, before, &thresholds)
                .into_iter()
                .map(|miss| miss.kind)
                .collect::<Vec<_>>()
        };
        assert_eq!(missed(10.0, Some(&before)), []);
        assert_eq!(missed(9.9, Some(&before)), [Cause::Drop]);
        assert_eq!(missed(0.0, Some(&now)), []);
        assert_eq!(missed(0.0, None), []);
    }

    #[test]
    fn the_last_override_that_fits_counts() {
        let given = |path: &str, threshold| Override { path: path.to_owned(), threshold };
        let overrides = thresholds::overrides(&[given("**", 99.0), given("cmd/**", 0.0)]).unwrap();
        let missed = missed(&Thresholds { overrides, ..Thresholds::default() });
        let paths: Vec<_> = missed.into_iter().filter_map(|(_, path)| path).collect();
        assert_eq!(paths, ["pkg", "pkg/b.go", "pkg/a.go"]);
        assert_eq!(thresholds::overrides(&[given("a{", 1.0)]).unwrap_err().key, "path");
        for threshold in [150.0, -1.0, f64::NAN] {
            assert_eq!(
                thresholds::overrides(&[given("a", threshold)]).unwrap_err().key,
                "threshold"
            );
        }
    }

    #[test]
    fn a_star_ends_at_a_folder_and_two_reach_the_package_itself() {
        let missed = |path: &str| {
            let given = [Override { path: path.to_owned(), threshold: 0.0 }];
            let overrides = thresholds::overrides(&given).unwrap();
            let (package, file) = (Some(70.0), Some(99.0));
            let paths = missed(&Thresholds { overrides, package, file, ..Thresholds::default() });
            paths.into_iter().filter_map(|(_, path)| path).collect::<Vec<_>>()
        };
        assert!(missed("cmd/*").contains(&"cmd/robot/main.go".to_owned()));
        assert!(!missed("cmd/*").contains(&"cmd/robot".to_owned()));
        assert!(!missed("cmd/robot/**").iter().any(|path| path.starts_with("cmd")));
        assert!(!missed("cmd/**").iter().any(|path| path.starts_with("cmd")));
    }

    #[test]
    fn what_is_furthest_below_comes_first() {
        let missed = missed(&Thresholds {
            total: Some(99.0),
            package: Some(99.0),
            file: Some(99.0),
            ..Thresholds::default()
        });
        let paths: Vec<_> = missed.iter().filter_map(|(_, path)| path.as_deref()).collect();
        assert_eq!(missed[0].0, Cause::Total);
        let expected = ["cmd/robot", "pkg", "cmd/robot/main.go", "pkg/b.go", "pkg/a.go"];
        assert_eq!(paths, expected);
    }
}
