//! The outcome of one package from its events.

use super::outcome::TestOutcome;
use super::tail::Tail;
use crate::test2json::{Action, Event};
use std::collections::{BTreeMap, BTreeSet};

/// One package.
#[derive(Debug, Default)]
pub struct Package {
    /// Ended tests in order of their end, including subtests.
    pub tests: Vec<Test>,
    /// Set by the package's terminal event.
    pub outcome: Option<TestOutcome>,
    /// Whether Go reported how it ended; otherwise its events are cut off.
    pub is_closed: bool,
    /// Whether Go reported that it has no tests.
    pub has_no_tests: bool,
    /// Whether the testing package printed `PASS`: it finished its tests, if there are any.
    came_to_an_end: bool,
    /// Seconds, of the package's terminal event.
    pub elapsed: f64,
    /// Whether its results are those of an earlier run.
    pub reused: bool,
    /// Whether Go's testing framework did not confirm that its tests ran.
    pub lacks_framework: bool,
    /// Why it has no binary.
    pub failed_build: Option<String>,
    /// Output that belongs to no test.
    pub output: Tail,
    /// The test that ended the process and the other tests in it.
    pub culprit: Option<String>,
    unfinished: BTreeMap<String, Unfinished>,
    /// The most severe outcome in its own output, not in that of its tests.
    worst: Option<TestOutcome>,
    /// Tests that Go lists as running when the time limit is exceeded.
    overdue: BTreeSet<String>,
}

/// One ended test.
#[derive(Debug, Clone)]
pub struct Test {
    /// Full name, including parent tests: `TestA/b`.
    pub name: String,
    /// How it ended.
    pub outcome: TestOutcome,
    /// Seconds.
    pub elapsed: f64,
    /// Output; kept only for failed tests and as long as there is room.
    pub output: String,
}

/// The room for output of failed tests in a whole run.
#[derive(Debug)]
pub struct Room {
    bytes: usize,
    /// Failed tests whose output was not kept.
    pub cut: usize,
}

/// Bytes.
const ROOM: usize = 16 << 20;
/// Number of running tests per package whose full output is buffered. Further tests get less.
const TALKING: usize = 1000;

impl Default for Room {
    fn default() -> Self {
        Self { bytes: ROOM, cut: 0 }
    }
}

impl Room {
    /// The text, where there is room for it.
    fn keep(&mut self, output: &Tail) -> String {
        let text = output.text();
        match self.bytes.checked_sub(text.len()) {
            Some(left) => {
                self.bytes = left;
                text
            }
            None => {
                self.cut += 1;
                // Shown instead of the output.
                "(not kept)".to_owned()
            }
        }
    }
}

#[derive(Debug, Default)]
struct Unfinished {
    output: Tail,
    worst: Option<TestOutcome>,
    /// Whether Go is listing the tests that exceeded the time limit.
    lists_overdue: bool,
}

impl Package {
    /// A package that passed in an earlier run, with the tests that ran then.
    pub fn reused(tests: Vec<Test>, elapsed: f64) -> Self {
        let outcome = Some(TestOutcome::Pass);
        let (is_closed, came_to_an_end, reused) = (true, true, true);
        Self { tests, elapsed, outcome, is_closed, came_to_an_end, reused, ..Self::default() }
    }

    /// Processes an event about one of its tests.
    pub fn take_test_event(&mut self, test: &str, event: &Event<'_>, room: &mut Room) {
        let ended = match event.action {
            Action::Run => {
                let is_crowded = self.unfinished.len() >= TALKING;
                let begun = self.unfinished.entry(test.to_owned()).or_default();
                if is_crowded {
                    begun.output = Tail::of_one_of_many();
                }
                return;
            }
            Action::Output => {
                self.take_test_output(test, event.output.as_deref().unwrap_or_default());
                return;
            }
            Action::Pass => TestOutcome::Pass,
            Action::Skip => TestOutcome::Skip,
            Action::Fail => TestOutcome::Fail,
            _ => return,
        };
        let open = self.unfinished.remove(test).unwrap_or_default();
        let outcome = match (ended, open.worst) {
            (TestOutcome::Fail, Some(worst)) => worst.max(ended),
            // A test that passes may print anything.
            _ => ended,
        };
        self.end_test(test.to_owned(), outcome, event.elapsed.unwrap_or(0.0), &open.output, room);
    }

    fn take_test_output(&mut self, test: &str, piece: &str) {
        // Output may arrive after the end of its test, from a goroutine that it left running.
        let Some(open) = self.unfinished.get_mut(test) else {
            self.take_output(piece);
            return;
        };
        open.output.push(piece);
        let line = open.output.last_line();
        open.worst = open.worst.max(TestOutcome::of_output(line));
        if open.worst == Some(TestOutcome::Timeout) {
            // `\trunning tests:`, then `\t\tTestA/b (1s)` for each (Go 1.20 and later).
            match line.strip_prefix("\t\t").and_then(|name| name.rsplit_once(" (")) {
                Some((name, _)) if open.lists_overdue => {
                    self.overdue.insert(name.to_owned());
                }
                _ => open.lists_overdue = line.trim() == "running tests:",
            }
        }
    }

    fn take_output(&mut self, piece: &str) {
        self.output.push(piece);
        let line = self.output.last_line();
        // With coverage, Go 1.22 and later prints a coverage line instead of the first one.
        self.has_no_tests |= (line.starts_with("?   \t") && line.contains("\t[no test files]"))
            || (line.starts_with('\t') && line.contains("\t\tcoverage: 0.0% of statements"));
        self.came_to_an_end |= line.trim_end() == "PASS";
        self.worst = self.worst.max(TestOutcome::of_output(line));
    }

    fn end_test(
        &mut self,
        name: String,
        outcome: TestOutcome,
        elapsed: f64,
        output: &Tail,
        room: &mut Room,
    ) {
        let output = if outcome.is_failure() { room.keep(output) } else { String::new() };
        self.tests.push(Test { name, outcome, elapsed, output });
    }

    /// Processes an event about the package.
    pub fn take_event(&mut self, event: &Event<'_>) {
        match event.action {
            Action::Output => self.take_output(event.output.as_deref().unwrap_or_default()),
            Action::Pass => self.end(TestOutcome::Pass, event),
            Action::Skip => self.end(TestOutcome::Skip, event),
            Action::Fail => {
                if let Some(build) = event.failed_build.as_deref() {
                    self.failed_build = Some(build.to_owned());
                    self.worst = self.worst.max(Some(TestOutcome::BuildFail));
                }
                let worst = self.worst.unwrap_or(TestOutcome::Fail).max(TestOutcome::Fail);
                self.end(worst, event);
            }
            _ => {}
        }
    }

    fn end(&mut self, outcome: TestOutcome, event: &Event<'_>) {
        self.elapsed = event.elapsed.unwrap_or(0.0);
        self.close(outcome);
    }

    /// Go reported how it ended.
    pub fn close(&mut self, outcome: TestOutcome) {
        self.outcome = self.outcome.max(Some(outcome));
        self.is_closed = true;
    }

    /// Closes open tests. Call it once, at the end of the stream.
    pub fn finish(&mut self, room: &mut Room) {
        let mut open = std::mem::take(&mut self.unfinished);
        if self.outcome == Some(TestOutcome::Pass) {
            for (name, outcome) in open.iter().filter_map(ended_unsaid).collect::<Vec<_>>() {
                open.remove(&name);
                self.end_test(name, outcome, 0.0, &Tail::default(), room);
            }
        }
        let broke_off = !open.is_empty();
        self.culprit = self.find_culprit(&open);
        for (name, open) in open {
            let outcome = if self.overdue.contains(&name) {
                TestOutcome::Timeout
            } else if let Some(worst) = open.worst {
                worst
            } else if self.culprit.as_ref() == Some(&name) {
                self.worst.unwrap_or(TestOutcome::Incomplete)
            } else if self.culprit.is_some() || self.worst.is_some() {
                TestOutcome::CutOff
            } else {
                TestOutcome::Incomplete
            };
            self.end_test(name, outcome, 0.0, &open.output, room);
        }
        let of_tests = self.tests.iter().map(|test| test.outcome).filter(|one| one.is_failure());
        // The reason that cut tests off counts, whatever outcome the package reports.
        let said = self.worst.filter(|_| broke_off);
        let failed = of_tests.max().max(said);
        self.outcome = match self.outcome {
            None => {
                Some(failed.max(Some(TestOutcome::Incomplete)).unwrap_or(TestOutcome::Incomplete))
            }
            // A package that reports `ok` although a test failed does not pass.
            Some(outcome) => Some(failed.map_or(outcome, |failed| failed.max(outcome))),
        };
    }

    /// The test that ended the process: one whose output says so, ended or not; otherwise the only one that was
    /// running.
    fn find_culprit(&self, open: &BTreeMap<String, Unfinished>) -> Option<String> {
        let ends_process = |outcome: TestOutcome| {
            matches!(outcome, TestOutcome::Panic | TestOutcome::Fatal | TestOutcome::Timeout)
        };
        let said = open.iter().filter(|(_, open)| open.worst.is_some());
        let ended = self.tests.iter().rev().find(|test| ends_process(test.outcome));
        let only = || (open.len() == 1 && self.worst.is_some()).then(|| open.keys().next());
        said.map(|(name, _)| name)
            .next()
            .or_else(|| Some(&ended?.name))
            .or_else(|| only().flatten())
            .cloned()
    }

    /// Marks tests that were running when another test ended the process.
    pub fn cut_off(&self) -> Vec<&str> {
        let cut = self.tests.iter().filter(|test| test.outcome == TestOutcome::CutOff);
        cut.map(|test| test.name.as_str()).collect()
    }

    /// Top-level tests that failed, once each.
    pub fn failed_top_level(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .tests
            .iter()
            .filter(|test| test.outcome.is_failure())
            .map(|test| test.name.split('/').next().unwrap_or(&test.name))
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether `rerun` is a complete, passing run of this package: it contains every top-level test that had
    /// started, and every failed test passed in it. A skipped test has not passed.
    pub fn is_proven_by(&self, rerun: &Self) -> bool {
        if rerun.outcome != Some(TestOutcome::Pass) || rerun.ran_nothing() {
            return false;
        }
        let again: BTreeMap<&str, TestOutcome> =
            rerun.tests.iter().map(|test| (test.name.as_str(), test.outcome)).collect();
        self.tests.iter().all(|test| match again.get(test.name.as_str()) {
            Some(outcome) => !test.outcome.is_failure() || *outcome == TestOutcome::Pass,
            // Subtests may have other names in each run, but a failed test must pass under its name.
            None => test.name.contains('/') && !test.outcome.is_failure(),
        })
    }

    /// Takes the results of a complete, passing rerun: failed tests become flaky, everything else is as in the
    /// rerun.
    pub fn forgive(&mut self, rerun: &Self) {
        self.outcome = Some(TestOutcome::Flaky);
        let again: BTreeMap<&str, TestOutcome> =
            rerun.tests.iter().map(|test| (test.name.as_str(), test.outcome)).collect();
        for test in &mut self.tests {
            let outcome = again.get(test.name.as_str()).copied();
            test.outcome = match test.outcome {
                failed if failed.is_failure() => TestOutcome::Flaky,
                first => outcome.unwrap_or(first),
            };
        }
        let known: BTreeSet<String> = self.tests.iter().map(|test| test.name.clone()).collect();
        let more = rerun.tests.iter().filter(|test| !known.contains(&test.name));
        self.tests.extend(more.cloned());
    }

    /// Whether Go reported a pass although the process ended before its tests had finished: `TestMain` exits or does
    /// not call `m.Run`.
    pub fn ran_nothing(&self) -> bool {
        self.outcome == Some(TestOutcome::Pass)
            && self.tests.is_empty()
            && !self.has_no_tests
            && (!self.came_to_an_end || self.lacks_framework)
    }
}

/// The outcome of a test whose end Go did not report, in a package that passed.
fn ended_unsaid((name, open): (&String, &Unfinished)) -> Option<(String, TestOutcome)> {
    // For a benchmark, Go reports the start, but the end only if it failed.
    if name.starts_with("Benchmark") {
        return Some((name.clone(), TestOutcome::Pass));
    }
    // Go up to 1.19 misses a result after output without a line end: `no end--- PASS: TestA (0.00s)`.
    let line = open.output.last_line();
    let is_result = |word: &str| line.contains(&format!("--- {word}: {name} ("));
    let words = [("PASS", TestOutcome::Pass), ("SKIP", TestOutcome::Skip)];
    let (_, outcome) = words.into_iter().find(|(word, _)| is_result(word))?;
    Some((name.clone(), outcome))
}
