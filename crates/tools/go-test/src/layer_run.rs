//! The state of one layer while it runs, and the verdict that follows from it.

use crate::cause::Cause;
use crate::input::ResolvedLayer;
use crate::reuse::Reuse;
use crate::toolchain::Toolchain;
use crate::untested;
use robot_contract::Seal;
use robot_go_command::Folders;
use robot_golang::suite::{Package, Suite, Test, TestOutcome};
use robot_model::{FailureRecord, Verdict};
use robot_process::Finished;
use std::path::PathBuf;

/// What one layer came to.
pub(crate) struct LayerRun {
    pub(crate) layer: ResolvedLayer,
    pub(crate) suite: Suite,
    /// The line that was run.
    pub(crate) line: String,
    /// How `go test` ended; default when it did not start.
    pub(crate) finished: Finished,
    /// Why it did not start.
    pub(crate) setup: Option<FailureRecord>,
    /// Where its cover profile is, when one was asked for.
    pub(crate) profile: Option<PathBuf>,
    /// What go says of itself.
    pub(crate) toolchain: Toolchain,
    /// What its tests must not see or change.
    pub(crate) seal: Seal,
    /// Why they are not isolated though nobody switched that off.
    pub(crate) not_isolated: Option<String>,
    /// Where go starts which package's tests; empty when go cannot list them.
    pub(crate) folders: Folders,
    /// What of it need not run, and why the rest did.
    pub(crate) reuse: Reuse,
    /// What is missing though every failure that was seen passed when run again.
    pub(crate) unaccounted: Option<String>,
    /// A service that did not outlive the tests, and what its end means.
    pub(crate) gone: Option<(Verdict, FailureRecord)>,
}

impl LayerRun {
    /// A layer of which nothing is known yet.
    pub(crate) fn new(layer: ResolvedLayer) -> Self {
        Self {
            layer,
            suite: Suite::default(),
            line: String::new(),
            finished: Finished::default(),
            setup: None,
            profile: None,
            toolchain: Toolchain::default(),
            seal: Seal::default(),
            not_isolated: None,
            folders: Folders::default(),
            reuse: Reuse::default(),
            unaccounted: None,
            gone: None,
        }
    }

    /// The verdict and its cause. Non-zero exits and missing evidence are never green.
    pub(crate) fn verdict(&self) -> (Verdict, Option<Cause>) {
        if self.finished.cancelled {
            return (Verdict::Inconclusive, Some(Cause::Interrupted));
        }
        if self.setup.is_some() {
            return (Verdict::Fail, Some(Cause::SetupFail));
        }
        let outcome = self.suite.outcome();
        let failure = outcome.and_then(Cause::of);
        let (verdict, cause) = match outcome {
            _ if failure.is_some() => (Verdict::Fail, failure),
            _ if self.unaccounted.is_some() => (Verdict::Fail, Some(Cause::UnexplainedExit)),
            // Reruns have mended what the exit code of the first run says.
            Some(TestOutcome::Flaky) => (Verdict::Warn, Some(Cause::Flaky)),
            _ if self.layer.is_implied && self.has_nothing_to_run() => {
                (Verdict::Skipped, Some(Cause::NoTests))
            }
            _ if self.has_no_package() => (Verdict::Inconclusive, Some(Cause::NoPackages)),
            _ if !self.finished.success() => (Verdict::Fail, Some(Cause::UnexplainedExit)),
            Some(_) if self.all_skipped() => (Verdict::Warn, Some(Cause::AllSkipped)),
            Some(_) if self.tests().next().is_some() => match self.packages_without_a_test().next()
            {
                Some(_) => (Verdict::Warn, Some(Cause::NoTestRan)),
                None => (Verdict::Pass, None),
            },
            _ => (Verdict::Inconclusive, Some(Cause::NoTests)),
        };
        match &self.gone {
            // What was tested is not known when what it was tested with broke down.
            Some((gone, _)) if *gone > verdict => (*gone, Some(Cause::ServiceGone)),
            _ => (verdict, cause),
        }
    }

    /// Go found no tests, or not even a package.
    fn has_nothing_to_run(&self) -> bool {
        self.tests().next().is_none() && (self.finished.success() || self.has_no_package())
    }

    fn has_no_package(&self) -> bool {
        let stderr = String::from_utf8_lossy(&self.finished.stderr);
        self.suite.packages.is_empty() && stderr.contains("no packages to test")
    }

    /// There are tests, and each skipped itself: nothing was tested.
    pub(crate) fn all_skipped(&self) -> bool {
        let mut tests = self.tests().peekable();
        tests.peek().is_some() && tests.all(|(_, test)| test.outcome == TestOutcome::Skip)
    }

    /// Import paths of packages that ran and are not in a profile: it does not say what is covered.
    pub(crate) fn unmeasured(&self, profile: &str) -> impl Iterator<Item = &str> {
        let broke_off = |package: &Package| {
            package
                .outcome
                .is_some_and(|outcome| outcome.is_failure() && outcome != TestOutcome::Fail)
        };
        let is_missing = move |(path, package): &(&String, &Package)| {
            package.ran_nothing() || broke_off(package) && untested::part(profile, path).is_empty()
        };
        self.suite.packages.iter().filter(is_missing).map(|(path, _)| path.as_str())
    }

    /// Import paths of packages that passed though their process ended before any test ran.
    pub(crate) fn packages_without_a_test(&self) -> impl Iterator<Item = &str> {
        let silent = self.suite.packages.iter().filter(|(_, package)| package.ran_nothing());
        silent.map(|(path, _)| path.as_str())
    }

    /// `(import path, test)` of all ended tests.
    pub(crate) fn tests(&self) -> impl Iterator<Item = (&str, &Test)> {
        self.suite
            .packages
            .iter()
            .flat_map(|(path, package)| package.tests.iter().map(move |test| (path.as_str(), test)))
    }
}
