//! gosec, on the packages that `go list` has: by itself it walks into nested modules.

use super::{command, in_time, said, unsound};
use crate::evidence::{Scan, Unsound};
use crate::input::{Scanner, Settings};
use crate::reports;
use robot_contract::Context;
use robot_golang::package_list::{self, Package};
use robot_process::Command;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const GOSEC: Scanner = Scanner::Gosec;

/// One scan for each module.
pub(super) fn run(
    program: &Path,
    reports: &Path,
    settings: &Settings,
    context: &Context,
) -> Result<Vec<Scan>, Unsound> {
    let mut modules: BTreeMap<PathBuf, Vec<Package>> = BTreeMap::new();
    for package in packages(settings, context)? {
        let module = package.module.as_ref().map(|module| PathBuf::from(&module.dir));
        let module = module.filter(|folder| !folder.as_os_str().is_empty());
        modules
            .entry(module.unwrap_or_else(|| context.directory.clone()))
            .or_default()
            .push(package);
    }
    if modules.is_empty() {
        return Err(unsound(GOSEC, "has no package to look at", "correct `packages`"));
    }
    let version = version(program, context);
    let mut scans = Vec::new();
    for (number, (module, packages)) in modules.into_iter().enumerate() {
        let report = reports.join(format!("gosec-{number}.json"));
        let mut scan = one(program, &report, &module, &packages, settings, context)?;
        if matches!(scan.version.as_str(), "" | "dev") {
            scan.version.clone_from(&version);
        }
        scans.push(scan);
    }
    Ok(scans)
}

fn packages(settings: &Settings, context: &Context) -> Result<Vec<Package>, Unsound> {
    let hint = "does `go build ./...` work here?";
    let patterns = robot_go_command::patterns(context, &settings.packages);
    let list = robot_go_command::go(context, "list", &settings.tags)
        .args(["-json=Dir,GoFiles,CgoFiles,Module", "--"])
        .args(patterns)
        .output_cap(256 << 20)
        .timeout(settings.timeout);
    let listed = list
        .run(&context.cancellation)
        .map_err(|error| unsound(GOSEC, format!("has no packages: {error}"), hint))?;
    if !listed.success() {
        return Err(unsound(GOSEC, format!("has no packages: {}", said(&listed)), hint));
    }
    let packages: Result<Vec<Package>, _> =
        package_list::packages(listed.stdout.as_slice()).collect();
    packages.map_err(|error| unsound(GOSEC, format!("`go list` is not understood: {error}"), hint))
}

fn one(
    program: &Path,
    report: &Path,
    module: &Path,
    packages: &[Package],
    settings: &Settings,
    context: &Context,
) -> Result<Scan, Unsound> {
    let mut gosec = command(program, module, context);
    gosec =
        gosec.args(["-fmt=json", "-track-suppressions"]).arg(format!("-out={}", report.display()));
    if !settings.tags.is_empty() {
        gosec = gosec.arg(format!("-tags={}", settings.tags.join(",")));
    }
    let folders: BTreeSet<&String> = packages.iter().map(|package| &package.dir).collect();
    gosec = gosec.args(folders);
    let finished = gosec
        .clone()
        .timeout(settings.timeout)
        .output_cap(64 << 20)
        .run(&context.cancellation)
        .map_err(|error| {
            unsound(GOSEC, format!("did not run: {error}"), "is it a program for this machine?")
        })?;
    let log = String::from_utf8_lossy(&finished.stderr);
    let missed = missed(packages, &log, &context.directory);
    in_time(GOSEC, &finished, settings).map_err(|unsound| Unsound {
        reason: format!("{}; not looked at: {}", unsound.reason, named(&missed)),
        ..unsound
    })?;
    let bytes = fs_err::read(report).map_err(|_| {
        let reason = format!("wrote no report ({}): {}", finished.status(), said(&finished));
        unsound(GOSEC, reason, "run it by hand to see why")
    })?;
    let mut scan = reports::gosec::read(&bytes, Some(&context.directory)).map_err(|reason| {
        unsound(GOSEC, format!("report {reason}"), "run it by hand to see why")
    })?;
    scan.origin = gosec_line(&gosec);
    // 1 is that something was found, or that code was not understood; the report tells which.
    let is_open = scan.findings.iter().any(|finding| finding.suppressed.is_none());
    match finished.code {
        Some(0) if !is_open && scan.doubts.is_empty() => {}
        Some(1) if is_open || !scan.doubts.is_empty() => {}
        _ => {
            let reason = format!(
                "ended with {}, which its report does not explain: {}",
                finished.status(),
                said(&finished)
            );
            return Err(unsound(GOSEC, reason, "run it by hand to see why"));
        }
    }
    if !missed.is_empty() {
        scan.doubts.push(format!("gosec did not look at {}", named(&missed)));
    }
    Ok(scan)
}

/// Files of the packages that gosec does not say it looked at.
fn missed(packages: &[Package], log: &str, root: &Path) -> Vec<String> {
    let checked =
        |line: &str| line.split_once("Checking file: ").map(|(_, path)| path.trim().to_owned());
    let checked: BTreeSet<PathBuf> = log.lines().filter_map(checked).map(PathBuf::from).collect();
    let files = packages.iter().flat_map(|package| {
        // Files with C are looked at as cgo makes them, under another name.
        let is_cgo = !package.cgo_files.is_empty();
        package
            .go_files
            .iter()
            .filter(move |_| !is_cgo)
            .map(|name| Path::new(&package.dir).join(name))
    });
    let missed = files.filter(|file| !checked.contains(file));
    let shown = |file: PathBuf| file.strip_prefix(root).unwrap_or(&file).display().to_string();
    missed.map(shown).collect()
}

fn named(files: &[String]) -> String {
    const NAMED: usize = 5;
    let more = files.len().saturating_sub(NAMED);
    let first = files.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match more {
        0 if first.is_empty() => "nothing".to_owned(),
        0 => first,
        more => format!("{first} and {more} more files"),
    }
}

fn gosec_line(command: &Command) -> String {
    reports::bounded(&command.to_string(), 200)
}

/// A build of its module calls itself `dev`; Go itself knows which module it was built from.
fn version(program: &Path, context: &Context) -> String {
    let told = context.untrusted(Command::new("go")).args(["version", "-m"]).arg(program);
    let told = told.run(&context.cancellation).ok().filter(robot_process::Finished::success);
    let text = told.map(|told| String::from_utf8_lossy(&told.stdout).into_owned());
    let module = "github.com/securego/gosec/v2";
    let of_line = |line: &str| {
        let mut words = line.split_whitespace().skip_while(|word| *word != module);
        words.nth(1).map(|version| version.trim_start_matches('v').to_owned())
    };
    text.and_then(|text| text.lines().find_map(of_line)).unwrap_or_else(|| "dev".to_owned())
}
