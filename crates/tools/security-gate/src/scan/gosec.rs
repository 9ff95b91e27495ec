//! gosec, on the packages that `go list` has: by itself it walks into nested modules.

use super::run::{Run, said, shown};
use crate::evidence::{Scan, Unsound};
use crate::reports;
use robot_golang::package_list::Package;
use robot_process::Command;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const HINT: &str = "run it by hand to see why";

/// One scan for each module.
pub(super) fn run(run: &Run<'_>, packages: &[Package]) -> Result<Vec<Scan>, Unsound> {
    let mut modules: BTreeMap<PathBuf, Vec<&Package>> = BTreeMap::new();
    for package in packages {
        let module = package.module.as_ref().map(|module| PathBuf::from(&module.dir));
        let module = module.filter(|folder| !folder.as_os_str().is_empty());
        let module = module.unwrap_or_else(|| run.context.directory.clone());
        modules.entry(module).or_default().push(package);
    }
    if modules.is_empty() {
        return Err(run.unsound("has no package to scan", "correct `packages`"));
    }
    let version = version(run);
    let mut scans = Vec::new();
    for (number, (module, packages)) in modules.into_iter().enumerate() {
        let report = run.report(&format!("gosec-{number}.json"));
        let mut scan = one(run, &report, &module, &packages)?;
        if matches!(scan.version.as_str(), "" | "dev") {
            scan.version.clone_from(&version);
        }
        scans.push(scan);
    }
    Ok(scans)
}

fn one(
    run: &Run<'_>,
    report: &Path,
    module: &Path,
    packages: &[&Package],
) -> Result<Scan, Unsound> {
    let mut gosec = run
        .command(module)
        .args(["-fmt=json", "-track-suppressions"])
        .arg(format!("-out={}", report.display()));
    if !run.settings.tags.is_empty() {
        gosec = gosec.arg(format!("-tags={}", run.settings.tags.join(",")));
    }
    let folders: BTreeSet<&String> = packages.iter().map(|package| &package.dir).collect();
    gosec = gosec.args(folders);
    let finished = run.finish(&gosec)?;
    let root = &run.context.directory;
    let missed = missed(packages, &String::from_utf8_lossy(&finished.stderr), root);
    run.in_time(&finished).map_err(|unsound| Unsound {
        reason: format!("{}; not scanned: {}", unsound.reason, named(&missed)),
        ..unsound
    })?;
    let parse = |bytes: &[u8]| reports::gosec::read(bytes, Some(root));
    let mut scan = run.read(report, &finished, HINT, parse)?;
    scan.origin = shown(&gosec);
    // 1 is that something was found, or that code was not understood; the report tells which.
    let is_open = scan.findings.iter().any(|finding| finding.suppressed.is_none());
    match finished.code {
        Some(0) if !is_open && scan.doubts.is_empty() => {}
        Some(1) if is_open || !scan.doubts.is_empty() => {}
        _ => {
            let (status, said) = (finished.status(), said(&finished));
            let reason = format!("ended with {status}, which its report does not explain: {said}");
            return Err(run.unsound(reason, HINT));
        }
    }
    if !missed.is_empty() {
        scan.doubts.push(format!("gosec did not scan {}", named(&missed)));
    }
    Ok(scan)
}

/// Files of the packages that gosec does not name as checked.
fn missed(packages: &[&Package], log: &str, root: &Path) -> Vec<String> {
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

/// A build of its module calls itself `dev`; Go itself knows which module it was built from.
fn version(run: &Run<'_>) -> String {
    let told = run.context.untrusted(Command::new("go")).args(["version", "-m"]).arg(run.program);
    let told = told.run(&run.context.cancellation).ok().filter(robot_process::Finished::success);
    let text = told.map(|told| String::from_utf8_lossy(&told.stdout).into_owned());
    let module = "github.com/securego/gosec/v2";
    let of_line = |line: &str| {
        let mut words = line.split_whitespace().skip_while(|word| *word != module);
        words.nth(1).map(|version| version.trim_start_matches('v').to_owned())
    };
    text.and_then(|text| text.lines().find_map(of_line)).unwrap_or_else(|| "dev".to_owned())
}
