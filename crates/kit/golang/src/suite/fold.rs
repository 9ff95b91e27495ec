//! Folds the event stream into outcomes. It fails closed: whatever started and did not end is `incomplete`, and
//! lines that are not understood are kept.

use super::outcome::TestOutcome;
use super::package::{Package, Room};
use super::tail::Tail;
use crate::test2json::{Action, Cause, Event, Line, UnbuiltPackage};
use std::collections::BTreeMap;

/// The outcome of one `go test` run.
#[derive(Debug)]
pub struct Suite {
    /// By import path.
    pub packages: BTreeMap<String, Package>,
    /// By the `ImportPath` of build events.
    pub builds: BTreeMap<String, Tail>,
    /// Lines that are not events: build output of Go up to 1.23, output of tests.
    pub stray: Tail,
    /// Room for the output of failed tests.
    pub room: Room,
}

impl Default for Suite {
    fn default() -> Self {
        let (packages, builds) = (BTreeMap::new(), BTreeMap::new());
        Self { packages, builds, stray: Tail::of_stray_lines(), room: Room::default() }
    }
}

impl Suite {
    /// Processes one line of the stream.
    pub fn take(&mut self, line: &Line<'_>) {
        match line {
            Line::Text(text) => self.take_text(text),
            Line::Event(event) => self.take_event(event),
        }
    }

    fn take_text(&mut self, text: &[u8]) {
        // Go up to 1.22 prints nothing else about a package without a binary.
        let Some(unbuilt) = UnbuiltPackage::parse(text) else {
            self.stray.push_line(text);
            return;
        };
        let outcome = match unbuilt.cause {
            Cause::Build => TestOutcome::BuildFail,
            Cause::Setup => TestOutcome::SetupFail,
        };
        self.packages.entry(unbuilt.package.to_owned()).or_default().close(outcome);
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
        // Looked up before insertion, so that the name is not copied for each event.
        if !self.packages.contains_key(event.package.as_ref()) {
            self.packages.insert(event.package.to_string(), Package::default());
        }
        if let Some(package) = self.packages.get_mut(event.package.as_ref()) {
            match event.test.as_deref() {
                Some(test) => package.take_test_event(test, event, &mut self.room),
                None => package.take_event(event),
            }
        }
    }

    /// Closes open tests and packages. Call it once, at the end of the stream.
    pub fn finish(&mut self) {
        self.packages.values_mut().for_each(|package| package.finish(&mut self.room));
    }

    /// Adds the outcome of another run of other packages.
    pub fn absorb(&mut self, other: Self) {
        self.packages.extend(other.packages);
        self.builds.extend(other.builds);
        self.stray.append(&other.stray);
        self.room.cut += other.room.cut;
    }

    /// The most severe outcome of all packages; `None` without packages.
    pub fn outcome(&self) -> Option<TestOutcome> {
        self.packages.values().filter_map(|package| package.outcome).max()
    }
}

#[cfg(test)]
mod tests;
