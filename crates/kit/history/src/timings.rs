//! Durations of packages and tests, merged from run to run and bounded.

use robot_evidence::{Evidence, Kind};
use robot_model::{PackageTiming, Timings};
use serde::{Deserialize, Serialize};

/// The durations of one run, as evidence for later steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LastTimings(pub Timings);

impl Evidence for LastTimings {
    const KIND: Kind = Kind { name: "timings", version: 1, left_by: "go-test" };
}

/// Executions remembered per package and test.
pub const SAMPLES: usize = 20;

/// Tests remembered over all packages. A package itself is never removed to make room for them.
pub const TESTS: usize = 20_000;

/// Packages remembered.
const PACKAGES: usize = 5_000;

/// Appends the newer samples and keeps the last [`SAMPLES`] of each.
pub fn merge(older: &mut Timings, newer: Timings) {
    for (path, timing) in newer.packages {
        let known = older.packages.entry(path).or_default();
        append(&mut known.seconds, timing.seconds);
        for (test, seconds) in timing.tests {
            append(known.tests.entry(test).or_default(), seconds);
        }
    }
}

/// The 85th percentile of the samples: the duration that a later run should expect.
pub fn expected(samples: &[f64]) -> Option<f64> {
    let mut sorted: Vec<f64> = samples.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() * 85).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

/// One execution of a package and its top-level tests, in seconds.
pub fn observation(seconds: f64, tests: impl IntoIterator<Item = (String, f64)>) -> PackageTiming {
    let tests = tests.into_iter().map(|(name, seconds)| (name, vec![seconds])).collect();
    PackageTiming { seconds: vec![seconds], tests }
}

/// Removes the shortest tests and packages if there are too many, because the long ones decide how work is
/// distributed.
pub fn bound(timings: &mut Timings) {
    let longest = |samples: &[f64]| samples.iter().copied().fold(0.0, f64::max);
    if timings.packages.len() > PACKAGES {
        let mut all: Vec<f64> =
            timings.packages.values().map(|package| longest(&package.seconds)).collect();
        let (limit, mut left) = longest_of(&mut all, PACKAGES);
        timings.packages.retain(|_, package| keep(longest(&package.seconds), limit, &mut left));
    }
    let tests = || timings.packages.values().flat_map(|package| package.tests.values());
    if tests().count() > TESTS {
        let mut all: Vec<f64> = tests().map(|samples| longest(samples)).collect();
        let (limit, mut left) = longest_of(&mut all, TESTS);
        for package in timings.packages.values_mut() {
            package.tests.retain(|_, samples| keep(longest(samples), limit, &mut left));
        }
    }
}

/// The smallest of the `n` largest values, and how many values equal to it are among them.
fn longest_of(values: &mut [f64], n: usize) -> (f64, usize) {
    let (longer, limit, _) =
        values.select_nth_unstable_by(n - 1, |one, other| other.total_cmp(one));
    let left = n - longer.iter().filter(|value| **value > *limit).count();
    (*limit, left)
}

fn keep(value: f64, limit: f64, left: &mut usize) -> bool {
    let is_last = value == limit && *left > 0;
    *left -= usize::from(is_last);
    value > limit || is_last
}

fn append(known: &mut Vec<f64>, newer: Vec<f64>) {
    known.extend(newer);
    let over = known.len().saturating_sub(SAMPLES);
    known.drain(..over);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_expectation_is_the_85th_percentile_by_nearest_rank() {
        let samples: Vec<f64> = (1..=20).map(f64::from).collect();
        assert_eq!(expected(&samples), Some(17.0));
        assert_eq!((expected(&[3.0]), expected(&[])), (Some(3.0), None));
        assert_eq!(expected(&[f64::NAN, 2.0]), Some(2.0));
    }

    #[test]
    fn the_longest_stay_when_there_are_too_many() {
        let tests = (0..TESTS + 7).map(|number| (format!("Test{number}"), number as f64));
        let package = observation(1.0, tests);
        let mut timings =
            Timings { packages: [("p".to_owned(), package)].into(), ..Timings::default() };
        bound(&mut timings);
        let kept = &timings.packages["p"].tests;
        assert_eq!(kept.len(), TESTS);
        assert!(!kept.contains_key("Test6") && kept.contains_key("Test7"));
    }

    proptest! {
        /// Nothing that is recent is lost, and nothing grows without bound.
        #[test]
        fn merging_keeps_the_newest(older in prop::collection::vec(0.0..9.0, 0..50), newer in prop::collection::vec(0.0..9.0, 0..50)) {
            let one = |seconds: &[f64]| {
                let timing = PackageTiming { seconds: seconds.to_vec(), ..Default::default() };
                Timings { packages: [("p".to_owned(), timing)].into(), ..Default::default() }
            };
            let mut merged = one(&older);
            merge(&mut merged, one(&newer));
            let all: Vec<f64> = older.iter().chain(&newer).copied().collect();
            let expected = &all[all.len().saturating_sub(SAMPLES)..];
            prop_assert_eq!(merged.packages["p"].seconds.as_slice(), expected);
        }
    }
}
