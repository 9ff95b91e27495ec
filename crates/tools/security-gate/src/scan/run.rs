//! What every scanner's run has in common: its program, sealed in; its deadline; its report.

use crate::evidence::{Scan, Unsound};
use crate::input::{Scanner, Settings};
use crate::reports;
use robot_contract::{Context, Isolate, Seal};
use robot_process::{Command, Finished, ProcessError};
use std::path::{Path, PathBuf};

/// Bytes of a scanner's output that are kept.
const OUTPUT: usize = 64 << 20;

/// One scanner and what its run needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run<'a> {
    pub(super) scanner: Scanner,
    pub(super) program: &'a Path,
    /// A folder for reports, which the scanner may write to.
    pub(super) reports: &'a Path,
    /// What the scanner must not see or change.
    pub(super) seal: &'a Seal,
    pub(super) settings: &'a Settings,
    pub(super) context: &'a Context,
}

impl Run<'_> {
    /// The scanner in `folder`. It reads code that nobody has reviewed, and may start go and a C compiler on
    /// it: it sees no secret, none of our results, and cannot change the modules and scanners of later runs.
    pub(super) fn command(&self, folder: &Path) -> Command {
        let command = Command::new(self.program);
        self.context.sealed(command, Isolate::Auto, self.seal).current_directory(folder)
    }

    /// Runs it to its end or its deadline; a failed exit is left to the caller, as each scanner means another
    /// thing by it.
    pub(super) fn finish(&self, command: &Command) -> Result<Finished, Unsound> {
        let command = command.clone().timeout(self.settings.timeout).output_cap(OUTPUT);
        command.run(&self.context.cancellation).map_err(|error| self.not_started(&error))
    }

    pub(super) fn not_started(&self, error: &ProcessError) -> Unsound {
        self.unsound(format!("did not run: {error}"), "is it a program for this machine?")
    }

    /// Refuses a scan that was stopped at its deadline.
    pub(super) fn in_time(&self, finished: &Finished) -> Result<(), Unsound> {
        match finished.timed_out {
            false => Ok(()),
            true => {
                let seconds = self.settings.timeout.as_secs();
                let reason = format!("did not end within {seconds} s and was stopped");
                Err(self.unsound(reason, "raise `timeout`, or name fewer `packages`"))
            }
        }
    }

    /// The path of a report of that name.
    pub(super) fn report(&self, name: &str) -> PathBuf {
        self.reports.join(name)
    }

    /// Reads the report that it should have written.
    pub(super) fn read(
        &self,
        report: &Path,
        finished: &Finished,
        hint: &str,
        parse: impl Fn(&[u8]) -> Result<Scan, String>,
    ) -> Result<Scan, Unsound> {
        let bytes = reports::whole(report).map_err(|_| {
            let reason = format!("wrote no report ({}): {}", finished.status(), said(finished));
            self.unsound(reason, hint)
        })?;
        parse(&bytes).map_err(|reason| self.unsound(format!("report {reason}"), hint))
    }

    pub(super) fn unsound(&self, reason: impl Into<String>, hint: impl Into<String>) -> Unsound {
        super::unsound(self.scanner, reason, hint)
    }
}

/// The command as the report shows it.
pub(super) fn shown(command: &Command) -> String {
    reports::bounded(&command.to_string(), 200)
}

/// The last lines that a program wrote to standard error.
pub(super) fn said(finished: &Finished) -> String {
    let text = String::from_utf8_lossy(&finished.stderr);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines[lines.len().saturating_sub(3)..].join("; ");
    reports::bounded(&last, 600)
}
