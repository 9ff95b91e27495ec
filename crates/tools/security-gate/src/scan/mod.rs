//! Runs the scanners. What one did not finish is named: a scan that was stopped, or did not look at
//! every package, is no scan.

mod gosec;
mod govulncheck;
mod install;
mod trivy;

use crate::evidence::{Scan, Unsound};
use crate::input::{Scanner, Settings};
use robot_contract::{Context, Failure};
use robot_process::{Command, Finished};
use std::path::{Path, PathBuf};

/// What runs and reports came to.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) scans: Vec<Scan>,
    pub(crate) unsound: Vec<Unsound>,
    /// Scanners that nobody asked for and that are not here.
    pub(crate) absent: Vec<Scanner>,
}

/// A scanner that is here.
#[derive(Debug)]
struct Ready {
    scanner: Scanner,
    program: PathBuf,
    /// Keeps the program of an archive.
    _folder: Option<tempfile::TempDir>,
}

/// Runs what is asked for, all at once.
///
/// # Errors
/// Interrupted, or the folder for reports cannot be created.
pub(crate) fn run(settings: &Settings, context: &Context) -> Result<Gathered, Failure> {
    let mut gathered = Gathered::default();
    let mut ready = Vec::new();
    for scanner in Scanner::ALL {
        let is_named = match &settings.scanners {
            Some(named) => named.contains(&scanner),
            None => settings.tools.contains_key(&scanner),
        };
        let is_tried = is_named || settings.scanners.is_none() && settings.reports.is_empty();
        if !is_tried {
            continue;
        }
        match install::find(scanner, settings, context) {
            Ok(Some((program, folder))) => ready.push(Ready { scanner, program, _folder: folder }),
            Ok(None) if is_named => gathered.unsound.push(Unsound {
                origin: scanner.name().into(),
                reason: "is not in PATH".to_owned(),
                hint: format!(
                    "install it before this step, or let the gate: `security-gate: {{tools: {{{}: {{version: …}}}}}}`",
                    scanner.name()
                ),
            }),
            Ok(None) => gathered.absent.push(scanner),
            Err(unsound) => gathered.unsound.push(unsound),
        }
    }
    let folder = tempfile::tempdir().map_err(|error| {
        Failure::external("the folder for reports cannot be created").caused_by(&error)
    })?;
    let ended: Vec<(Scanner, Result<Vec<Scan>, Unsound>)> = std::thread::scope(|scope| {
        let running: Vec<_> = ready
            .iter()
            .map(|one| {
                let folder = folder.path();
                let run = move || match one.scanner {
                    Scanner::Gosec => gosec::run(&one.program, folder, settings, context),
                    Scanner::Govulncheck => govulncheck::run(&one.program, settings, context),
                    Scanner::Trivy => trivy::run(&one.program, folder, settings, context),
                };
                (one.scanner, scope.spawn(run))
            })
            .collect();
        running
            .into_iter()
            .map(|(scanner, thread)| {
                let broke = |_| Err(unsound(scanner, "broke off", "report this defect"));
                (scanner, thread.join().unwrap_or_else(broke))
            })
            .collect()
    });
    if context.cancellation.is_cancelled() {
        return Err(Failure::interrupted("interrupted while scanning"));
    }
    for (_, ended) in ended {
        match ended {
            Ok(scans) => gathered.scans.extend(scans),
            Err(unsound) => gathered.unsound.push(unsound),
        }
    }
    Ok(gathered)
}

fn unsound(scanner: Scanner, reason: impl Into<String>, hint: impl Into<String>) -> Unsound {
    Unsound { origin: scanner.name().into(), reason: reason.into(), hint: hint.into() }
}

/// Runs a scanner to its end or its deadline; a failed exit is left to the caller, as each scanner means
/// another thing by it.
fn finish(
    scanner: Scanner,
    command: &Command,
    settings: &Settings,
    context: &Context,
) -> Result<Finished, Unsound> {
    let finished = command
        .clone()
        .timeout(settings.timeout)
        .output_cap(64 << 20)
        .run(&context.cancellation)
        .map_err(|error| {
            unsound(scanner, format!("did not run: {error}"), "is it a program for this machine?")
        })?;
    in_time(scanner, &finished, settings)?;
    Ok(finished)
}

fn in_time(scanner: Scanner, finished: &Finished, settings: &Settings) -> Result<(), Unsound> {
    if finished.timed_out {
        let reason = format!("did not end within {} s: it was stopped", settings.timeout.as_secs());
        return Err(unsound(scanner, reason, "raise `timeout`, or name fewer `packages`"));
    }
    Ok(())
}

/// The last lines that a program said on standard error.
fn said(finished: &Finished) -> String {
    let text = String::from_utf8_lossy(&finished.stderr);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines[lines.len().saturating_sub(3)..].join("; ");
    crate::reports::bounded(&last, 600)
}

/// A command for a program that reads the repository and may start go: no secrets.
fn command(program: &Path, folder: &Path, context: &Context) -> Command {
    context.untrusted(Command::new(program)).current_directory(folder)
}
