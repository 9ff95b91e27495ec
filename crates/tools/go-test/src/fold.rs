//! Folds the event stream into what happened. Fail closed: whatever began and did not end is
//! `incomplete`, whatever is not understood is kept.

use crate::outcome::Outcome;
use robot_golang::test2json::{Action, Event, Line};
use std::collections::{BTreeMap, VecDeque};

/// Bytes of output kept per unfinished or failed test, from its end.
const OUTPUT_CAP: usize = 64 * 1024;
/// Lines of text outside of events that are kept.
const STRAY_CAP: usize = 2000;

/// What one `go test` run said.
#[derive(Debug, Default)]
pub(crate) struct Suite {
    /// By import path.
    pub(crate) packages: BTreeMap<String, Package>,
    /// By the `ImportPath` of build events.
    pub(crate) builds: BTreeMap<String, Tail>,
    /// Lines that were no event: build output of Go up to 1.23, whatever a test wrote.
    pub(crate) stray: VecDeque<String>,
}

/// One package.
#[derive(Debug, Default)]
pub(crate) struct Package {
    /// Ended tests in order of their end, subtests too.
    pub(crate) tests: Vec<Test>,
    /// Set by the package's terminal event.
    pub(crate) outcome: Option<Outcome>,
    /// Seconds, of the package's terminal event.
    pub(crate) elapsed: f64,
    /// Its results came from Go's cache.
    pub(crate) reused: bool,
    /// Why it has no binary.
    pub(crate) failed_build: Option<String>,
    /// Output that belongs to no test.
    pub(crate) output: Tail,
    unfinished: BTreeMap<String, Unfinished>,
    /// The worst that its output said.
    worst: Option<Outcome>,
}

/// One ended test.
#[derive(Debug)]
pub(crate) struct Test {
    pub(crate) name: String,
    pub(crate) outcome: Outcome,
    /// Seconds.
    pub(crate) elapsed: f64,
    /// Kept of failed tests only.
    pub(crate) output: String,
}

#[derive(Debug, Default)]
struct Unfinished {
    output: Tail,
    worst: Option<Outcome>,
}

/// The end of a text, within [`OUTPUT_CAP`].
#[derive(Debug, Default, Clone)]
pub(crate) struct Tail(VecDeque<String>, usize);

impl Tail {
    fn push(&mut self, piece: &str) {
        // Go splits long lines at 1 KiB: a piece continues the one before unless that ended.
        match self.0.back_mut() {
            Some(last) if !last.ends_with('\n') && last.len() < OUTPUT_CAP => last.push_str(piece),
            _ => self.0.push_back(piece.to_owned()),
        }
        self.1 += piece.len();
        while self.1 > OUTPUT_CAP && self.0.len() > 1 {
            self.1 -= self.0.pop_front().map_or(0, |line| line.len());
        }
    }

    fn last_line(&self) -> &str {
        self.0.back().map_or("", String::as_str)
    }

    pub(crate) fn text(&self) -> String {
        self.0.iter().map(String::as_str).collect()
    }
}

impl Suite {
    /// Takes one line of the stream.
    pub(crate) fn take(&mut self, line: &Line<'_>) {
        match line {
            Line::Text(text) => {
                if self.stray.len() == STRAY_CAP {
                    self.stray.pop_front();
                }
                self.stray.push_back(String::from_utf8_lossy(text).into_owned());
            }
            Line::Event(event) => self.take_event(event),
        }
    }

    fn take_event(&mut self, event: &Event<'_>) {
        if matches!(event.action, Action::BuildOutput | Action::BuildFail) {
            let import_path = event.import_path.as_deref().unwrap_or_default();
            let build = self.builds.entry(import_path.to_owned()).or_default();
            build.push(event.output.as_deref().unwrap_or_default());
            return;
        }
        if event.package.is_empty() {
            return;
        }
        // Looked up before it is inserted: no copy of the name per event.
        if !self.packages.contains_key(event.package.as_ref()) {
            self.packages.insert(event.package.to_string(), Package::default());
        }
        if let Some(package) = self.packages.get_mut(event.package.as_ref()) {
            match event.test.as_deref() {
                Some(test) => package.take_test_event(test, event),
                None => package.take_event(event),
            }
        }
    }

    /// Closes what is open: call once, at the end of the stream.
    pub(crate) fn finish(&mut self) {
        self.packages.values_mut().for_each(Package::finish);
    }

    /// Takes what another run said of other packages.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.packages.extend(other.packages);
        self.builds.extend(other.builds);
        self.stray.extend(other.stray);
    }

    /// The worst outcome of all packages; `None` without packages.
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        self.packages.values().filter_map(|package| package.outcome).max()
    }
}

impl Package {
    fn take_test_event(&mut self, test: &str, event: &Event<'_>) {
        let ended = match event.action {
            Action::Run => {
                self.unfinished.entry(test.to_owned()).or_default();
                return;
            }
            Action::Output => {
                let piece = event.output.as_deref().unwrap_or_default();
                // Output may come after the end of its test, from a goroutine it left behind.
                let Some(unfinished) = self.unfinished.get_mut(test) else {
                    self.output.push(piece);
                    self.worst = self.worst.max(Outcome::of_output(self.output.last_line()));
                    return;
                };
                unfinished.output.push(piece);
                let said = Outcome::of_output(unfinished.output.last_line());
                unfinished.worst = unfinished.worst.max(said);
                self.worst = self.worst.max(said);
                return;
            }
            Action::Pass => Outcome::Pass,
            Action::Skip => Outcome::Skip,
            Action::Fail => Outcome::Fail,
            _ => return,
        };
        let unfinished = self.unfinished.remove(test).unwrap_or_default();
        self.end_test(test.to_owned(), ended, event.elapsed.unwrap_or(0.0), &unfinished);
    }

    fn end_test(&mut self, name: String, ended: Outcome, elapsed: f64, open: &Unfinished) {
        let outcome = match (ended, open.worst) {
            (Outcome::Fail, Some(worst)) => worst.max(ended),
            _ => ended,
        };
        let output = if outcome.is_failure() { open.output.text() } else { String::new() };
        self.tests.push(Test { name, outcome, elapsed, output });
    }

    fn take_event(&mut self, event: &Event<'_>) {
        match event.action {
            Action::Output => {
                let piece = event.output.as_deref().unwrap_or_default();
                self.output.push(piece);
                let line = self.output.last_line();
                self.reused |= line.starts_with("ok  \t") && line.contains("\t(cached)");
                self.worst = self.worst.max(Outcome::of_output(line));
            }
            Action::Pass => self.end(Outcome::Pass, event),
            Action::Skip => self.end(Outcome::Skip, event),
            Action::Fail => {
                if let Some(build) = event.failed_build.as_deref() {
                    self.failed_build = Some(build.to_owned());
                    self.worst = self.worst.max(Some(Outcome::BuildFail));
                }
                let worst = self.worst.unwrap_or(Outcome::Fail).max(Outcome::Fail);
                self.end(worst, event);
            }
            _ => {}
        }
    }

    fn end(&mut self, outcome: Outcome, event: &Event<'_>) {
        self.outcome = self.outcome.max(Some(outcome));
        self.elapsed = event.elapsed.unwrap_or(0.0);
    }

    fn finish(&mut self) {
        for (name, open) in std::mem::take(&mut self.unfinished) {
            // The test during which the process ended carries the reason, when there is one.
            let outcome = open.worst.or(self.worst).filter(|worst| worst.is_failure());
            let outcome = outcome.unwrap_or(Outcome::Incomplete);
            let output = open.output.text();
            self.tests.push(Test { name, outcome, elapsed: 0.0, output });
        }
        let of_tests = self.tests.iter().map(|test| test.outcome).max();
        let failed = of_tests.filter(|outcome| outcome.is_failure());
        self.outcome = match self.outcome {
            None => Some(failed.max(Some(Outcome::Incomplete)).unwrap_or(Outcome::Incomplete)),
            // A package that says `ok` with a failed test inside is not believed.
            Some(outcome) => Some(failed.map_or(outcome, |failed| failed.max(outcome))),
        };
    }

    /// Top-level tests that failed, once each.
    pub(crate) fn failed_top_level(&self) -> Vec<&str> {
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use robot_golang::test2json::parse;

    fn fold(lines: &[&str]) -> Suite {
        let mut suite = Suite::default();
        lines.iter().for_each(|line| suite.take(&parse(line.as_bytes())));
        suite.finish();
        suite
    }

    #[test]
    fn a_truncated_stream_is_never_green() {
        let lines = [
            r#"{"Action":"start","Package":"p"}"#,
            r#"{"Action":"run","Package":"p","Test":"TestA"}"#,
            r#"{"Action":"output","Package":"p","Test":"TestA","Output":"half a li"}"#,
            r#"{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0.1}"#,
            r#"{"Action":"pass","Package":"p","Elapsed":0.2}"#,
        ];
        assert_eq!(fold(&lines).outcome(), Some(Outcome::Pass));
        for end in 1..lines.len() {
            let outcome = fold(&lines[..end]).outcome();
            assert_eq!(outcome, Some(Outcome::Incomplete), "{end} lines");
        }
    }

    #[test]
    fn a_package_that_says_ok_is_not_believed_over_its_failed_test() {
        let suite = fold(&[
            r#"{"Action":"run","Package":"p","Test":"T"}"#,
            r#"{"Action":"fail","Package":"p","Test":"T"}"#,
            r#"{"Action":"pass","Package":"p"}"#,
        ]);
        assert_eq!(suite.outcome(), Some(Outcome::Fail));
    }

    #[test]
    fn the_way_a_process_ended_is_told_from_its_output() {
        for (line, outcome) in [
            ("panic: boom\\n", Outcome::Panic),
            ("panic: test timed out after 1s\\n", Outcome::Timeout),
            ("fatal error: all goroutines are asleep - deadlock!\\n", Outcome::Fatal),
            ("WARNING: DATA RACE\\n", Outcome::Race),
        ] {
            let output =
                format!(r#"{{"Action":"output","Package":"p","Test":"T","Output":"{line}"}}"#);
            let suite = fold(&[
                r#"{"Action":"run","Package":"p","Test":"T"}"#,
                &output,
                r#"{"Action":"fail","Package":"p"}"#,
            ]);
            assert_eq!(suite.packages["p"].tests[0].outcome, outcome);
            assert_eq!(suite.outcome(), Some(outcome));
        }
    }

    #[test]
    fn a_failed_build_is_told_apart_in_old_and_new_go() {
        let new = fold(&[
            r##"{"ImportPath":"p [p.test]","Action":"build-output","Output":"# p [p.test]\n"}"##,
            r#"{"ImportPath":"p [p.test]","Action":"build-fail"}"#,
            r#"{"Action":"fail","Package":"p","FailedBuild":"p [p.test]"}"#,
        ]);
        assert_eq!(new.outcome(), Some(Outcome::BuildFail));
        assert!(new.builds["p [p.test]"].text().starts_with("# p"));
        let old = fold(&[
            "# p",
            r#"{"Action":"output","Package":"p","Output":"FAIL\tp [build failed]\n"}"#,
            r#"{"Action":"fail","Package":"p"}"#,
        ]);
        assert_eq!(old.outcome(), Some(Outcome::BuildFail));
        assert_eq!(old.stray, ["# p"]);
    }

    #[test]
    fn reuse_is_read_from_the_package_line() {
        let suite = fold(&[
            r#"{"Action":"output","Package":"p","Output":"ok  \tp\t(cached)\tcoverage: 80.0% of statements\n"}"#,
            r#"{"Action":"pass","Package":"p","Elapsed":0}"#,
        ]);
        assert!(suite.packages["p"].reused);
    }
}
