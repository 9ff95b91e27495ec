//! Runs the scanners. What one did not finish is named: a scan that was stopped, or did not look at
//! every package, is no scan.

mod gosec;
mod govulncheck;
mod install;
mod packages;
mod run;
mod trivy;

use crate::evidence::{Scan, Unsound};
use crate::input::{Scanner, Settings};
pub(crate) use install::Identity;
use robot_contract::{Context, Failure, Isolate, ResultExt, Seal};
pub(crate) use trivy::cache_folder;

use install::Program;
use run::Run;
use std::path::{Path, PathBuf};

/// What runs and reports came to.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) scans: Vec<Scan>,
    pub(crate) unsound: Vec<Unsound>,
    /// Scanners that nobody asked for and that are not here.
    pub(crate) absent: Vec<Scanner>,
    /// A scanner was built or fetched.
    pub(crate) has_installed: bool,
    /// What the machine cannot do.
    pub(crate) notes: Vec<String>,
}

/// The scanners that are to run, before anything is installed.
pub(crate) type Wanted = Vec<(Scanner, Identity)>;

/// Looks for the scanners that are to run; notes those that are not here.
pub(crate) fn wanted(settings: &Settings, context: &Context, gathered: &mut Gathered) -> Wanted {
    let mut wanted = Wanted::new();
    for scanner in Scanner::ALL {
        let is_named = match &settings.scanners {
            Some(named) => named.contains(&scanner),
            None => settings.tools.contains_key(&scanner),
        };
        let is_tried = is_named || settings.scanners.is_none() && settings.reports.is_empty();
        if !is_tried {
            continue;
        }
        match install::identity(scanner, settings, context) {
            Ok(Some(identity)) => wanted.push((scanner, identity)),
            Ok(None) if is_named => {
                let hint = format!(
                    "install it before this step, or let the gate: `security-gate: {{tools: {{{}: {{version: …}}}}}}`",
                    scanner.name()
                );
                gathered.unsound.push(unsound(scanner, "is not in PATH", hint));
            }
            Ok(None) => gathered.absent.push(scanner),
            Err(unsound) => gathered.unsound.push(unsound),
        }
    }
    wanted
}

/// The scanners that are to run.
#[derive(Debug)]
pub(crate) struct Ready {
    /// Each with its program.
    pub(crate) scanners: Vec<(Scanner, PathBuf)>,
    /// Programs of archives, and reports. Nobody else that is sealed in sees it, so that no test can put
    /// another program there.
    work: tempfile::TempDir,
}

/// Installs what is to be installed.
///
/// # Errors
/// The folder for programs and reports cannot be created.
pub(crate) fn find(
    wanted: &Wanted,
    settings: &Settings,
    context: &Context,
    gathered: &mut Gathered,
) -> Result<Ready, Failure> {
    let work = tempfile::tempdir_in(context.output_directory()?)
        .or_external(|| "the folder for scanners and their reports cannot be created".to_owned())?;
    let scanners = programs(wanted, settings, context, work.path(), gathered);
    Ok(Ready { scanners, work })
}

/// Whether a scanner reads Go's packages.
pub(crate) fn needs_go<T>(scanners: &[(Scanner, T)]) -> bool {
    scanners.iter().any(|(scanner, _)| *scanner != Scanner::Trivy)
}

/// Runs the scanners, all at once.
///
/// # Errors
/// Interrupted, or there is no go command.
pub(crate) fn run(
    ready: &Ready,
    settings: &Settings,
    context: &Context,
    gathered: &mut Gathered,
) -> Result<(), Failure> {
    let Ready { scanners: ready, work } = ready;
    if ready.is_empty() {
        return Ok(());
    }
    gathered.notes.extend(Isolate::Auto.check("security-gate")?);
    // Before the modules are write-protected, as it downloads what is missing. trivy needs none of it.
    let needs_packages = needs_go(ready);
    let listed = if needs_packages { packages::list(settings, context) } else { Ok(Vec::new()) };
    let mut seal = Seal {
        visible: vec![work.path().to_owned()],
        read_only: vec![install::folder(settings, context)],
        ..Seal::default()
    };
    if needs_packages && listed.is_ok() {
        robot_go_command::protect(context, &mut seal)?;
    }
    let scan =
        |scanner: Scanner, program: &Path| {
            let reports = work.path();
            let run = Run { scanner, program, reports, seal: &seal, settings, context };
            match (scanner, &listed) {
                (Scanner::Trivy, _) => trivy::run(&run),
                (Scanner::Gosec, Ok(packages)) => gosec::run(&run, packages),
                (Scanner::Govulncheck, Ok(_)) => govulncheck::run(&run),
                (_, Err(reason)) => Err(run
                    .unsound(format!("did not run: {reason}"), "does `go build ./...` work here?")),
            }
        };
    let ended: Vec<Result<Vec<Scan>, Unsound>> = std::thread::scope(|scope| {
        let scan = &scan;
        let start = |(scanner, program): &(Scanner, PathBuf)| {
            let (scanner, program) = (*scanner, program.clone());
            (scanner, scope.spawn(move || scan(scanner, &program)))
        };
        let running: Vec<_> = ready.iter().map(start).collect();
        let wait = |(scanner, thread): (Scanner, std::thread::ScopedJoinHandle<'_, _>)| {
            let broke = |_| Err(unsound(scanner, "broke off", "report this defect"));
            thread.join().unwrap_or_else(broke)
        };
        running.into_iter().map(wait).collect()
    });
    if context.cancellation.is_cancelled() {
        return Err(Failure::interrupted("interrupted while scanning"));
    }
    for ended in ended {
        match ended {
            Ok(scans) => gathered.scans.extend(scans),
            Err(unsound) => gathered.unsound.push(unsound),
        }
    }
    Ok(())
}

/// Scanners that are here, each with its program; archives are unpacked in `work`.
fn programs(
    wanted: &Wanted,
    settings: &Settings,
    context: &Context,
    work: &Path,
    gathered: &mut Gathered,
) -> Vec<(Scanner, PathBuf)> {
    let mut ready = Vec::new();
    for (scanner, identity) in wanted {
        let found = match identity {
            Identity::Program(path) => Ok(Program::known(path.clone())),
            Identity::Pinned(_) => install::install(*scanner, settings, context, work),
        };
        match found {
            Ok(program) => {
                gathered.has_installed |= program.is_new;
                ready.push((*scanner, program.path));
            }
            Err(unsound) => gathered.unsound.push(unsound),
        }
    }
    ready
}

fn unsound(scanner: Scanner, reason: impl Into<String>, hint: impl Into<String>) -> Unsound {
    Unsound { origin: scanner.name().into(), reason: reason.into(), hint: hint.into() }
}
