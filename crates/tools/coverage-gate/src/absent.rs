//! Files that no profile names, and should.

use crate::cuts::Cuts;
use crate::measure::{self, File, Mismatch};
use crate::patch::Changed;
use crate::position;
use crate::source;
use robot_contract::Context;
use robot_go_command::Modules;
use robot_golang::syntax::{Platform, Syntax, is_built};
use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;

/// Largest source that is read, bytes.
const LARGEST: u64 = 64 << 20;

/// A source's text; `None` for what is no file, is not there or is larger than any source.
pub(crate) fn text(path: &Path) -> Option<Vec<u8>> {
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut text = Vec::new();
    std::fs::File::open(path).ok()?.take(LARGEST + 1).read_to_end(&mut text).ok()?;
    (text.len() as u64 <= LARGEST).then_some(text)
}

/// For which platform tests run here.
fn platform(context: &Context) -> Platform<'_> {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    };
    Platform {
        system: context.environment.get("GOOS").unwrap_or("linux"),
        architecture: context.environment.get("GOARCH").unwrap_or(architecture),
    }
}

/// Looks for files that are in every build of a package that a profile has, while it has nothing of
/// them: such a profile was cut off. One that is known to be of these files is not asked, nor is a
/// package that was given as files.
///
/// # Errors
/// The first such file.
pub(crate) fn of_packages(cuts: &Cuts<'_>, context: &Context) -> Result<(), Mismatch> {
    let folder = |path: &str| path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let mut folders = BTreeSet::new();
    for (path, cuts) in &cuts.files {
        if cuts.iter().all(|cut| !cut.is_sealed && !cut.name.starts_with('/')) {
            folders.insert(folder(path));
        }
    }
    for folder in folders {
        let entries = fs_err::read_dir(context.directory.join(&folder)).into_iter().flatten();
        let mut names: Vec<String> = entries
            .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
            .filter(|name| name.ends_with(".go"))
            .collect();
        names.sort();
        for name in names {
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            if cuts.files.contains_key(&path) || name.ends_with("_test.go") {
                continue;
            }
            let Some(text) = text(&context.directory.join(&path)) else { continue };
            if is_built(&name, &text, platform(context)) == Some(true) && has_statements(&text) {
                return Err(Mismatch::Unnamed(path));
            }
        }
    }
    Ok(())
}

/// Whether there are statements that count: not of a generated file, nor of one that is left out, nor
/// of one that profiles may know by the name in its line directives.
fn has_statements(text: &[u8]) -> bool {
    let syntax = Syntax::read(text);
    let ignores = source::ignores(text, &syntax);
    !source::is_generated(text, &syntax)
        && !position::is_mapped(text, &syntax)
        && syntax
            .statements
            .iter()
            .any(|one| !one.is_bare && !ignores.iter().any(|ignore| ignore.covers(one.start)))
}

/// Changed files of this module and build that no profile names, and how many there are of which only
/// build tags, Go's version or a C compiler tell whether they are of this build.
pub(crate) fn of_change(
    cuts: &Cuts<'_>,
    changed: &Changed,
    modules: &Modules,
    context: &Context,
) -> (Vec<File<'static>>, usize) {
    let (mut files, mut unsure) = (Vec::new(), 0);
    for (path, lines) in changed.iter().filter(|(path, _)| !cuts.files.contains_key(*path)) {
        let name = path.rsplit('/').next().unwrap_or(path);
        let passed_over =
            |part: &str| part.starts_with(['_', '.']) || part == "testdata" || part == "vendor";
        if path.split('/').any(passed_over) || !modules.hold(path, &context.directory) {
            continue;
        }
        let Some(text) = text(&context.directory.join(path)) else { continue };
        let built = is_built(name, &text, platform(context));
        if built == Some(false) {
            continue;
        }
        let Some(file) = measure::unnamed(path, &text, lines) else { continue };
        if file.patch.all == 0 {
            continue;
        }
        match built {
            Some(_) => files.push(file),
            None => unsure += 1,
        }
    }
    (files, unsure)
}
