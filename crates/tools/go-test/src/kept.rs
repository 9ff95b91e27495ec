//! What is kept of a package that passed, beside all that the pass was reached from.
//!
//! Go's own test cache is not asked: it does not know what is read before the tests begin, outside the
//! module, by other processes or through all variables at once (<https://go.dev/issue/59849>,
//! <https://go.dev/issue/23799>).

use robot_golang::suite::{Package, Test, TestOutcome};
use serde::{Deserialize, Serialize};

/// A pass.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pass {
    elapsed: f64,
    tests: Vec<KeptTest>,
    /// The package's lines of the cover profile.
    pub(crate) profile: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptTest {
    name: String,
    skipped: bool,
    elapsed: f64,
}

impl Pass {
    /// That of a package that ran.
    pub(crate) fn of(package: &Package, profile: String) -> Self {
        let test = |test: &Test| KeptTest {
            name: test.name.clone(),
            skipped: test.outcome == TestOutcome::Skip,
            elapsed: test.elapsed,
        };
        Self { elapsed: package.elapsed, tests: package.tests.iter().map(test).collect(), profile }
    }

    /// The package as if it had run.
    pub(crate) fn package(&self) -> Package {
        let test = |test: &KeptTest| Test {
            name: test.name.clone(),
            outcome: if test.skipped { TestOutcome::Skip } else { TestOutcome::Pass },
            elapsed: test.elapsed,
            output: String::new(),
        };
        Package::reused(self.tests.iter().map(test).collect(), self.elapsed)
    }
}
