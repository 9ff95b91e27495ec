//! What runs leave for later runs. Merged, never replaced; bounded, so that it can be cached
//! for ever.

use robot_model::{PackageTiming, Timings};

/// Executions remembered per package and test.
pub const SAMPLES: usize = 20;

/// Adds the newer samples after the older ones and keeps the last [`SAMPLES`] of each.
pub fn merge(older: &mut Timings, newer: Timings) {
    for (path, timing) in newer.packages {
        let known = older.packages.entry(path).or_default();
        append(&mut known.seconds, timing.seconds);
        for (test, seconds) in timing.tests {
            append(known.tests.entry(test).or_default(), seconds);
        }
    }
}

/// The duration that 85 % of the samples do not pass: what a later run should expect.
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
