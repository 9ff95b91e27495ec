//! Finds files that are missing from the profiles.

use crate::cuts::{Cut, Cuts};
use crate::measure::{self, File};
use crate::mismatch::Mismatch;
use crate::patch::Changed;
use crate::position;
use crate::source;
use robot_contract::Context;
use robot_go_command::Modules;
use robot_golang::syntax::{Platform, Syntax, is_built};
use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;
use walkdir::WalkDir;

/// Largest source that is read, in bytes.
const LARGEST: u64 = 64 << 20;

/// A source's text; `None` if it does not exist, is not a regular file or is too large.
pub(crate) fn text(path: &Path) -> Option<Vec<u8>> {
    // Checked before opening, because opening a pipe waits for its writer.
    let metadata = path.metadata().ok().filter(|metadata| metadata.is_file())?;
    let size = metadata.len();
    if size > LARGEST {
        return None;
    }
    // One additional byte detects the end without growing the buffer.
    let mut text = Vec::with_capacity(usize::try_from(size).ok()? + 1);
    std::fs::File::open(path).ok()?.take(LARGEST + 1).read_to_end(&mut text).ok()?;
    (text.len() as u64 <= LARGEST).then_some(text)
}

/// The platform that tests run on here.
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

/// Looks for files that are in every build of a package but missing from its profile: such a profile was cut off. It
/// skips profiles whose measured files are known, and packages that were given as files.
///
/// # Errors
/// The first such file.
pub(crate) fn of_packages(cuts: &Cuts<'_>, context: &Context) -> Result<(), Mismatch> {
    let is_asked =
        |cuts: &[Cut<'_>]| cuts.iter().all(|cut| !cut.is_sealed && !cut.name.starts_with('/'));
    // A profile of another platform has other files; of these, only files that are in every build count.
    let here = platform(context);
    let is_other = |path: &String| is_built(name(path), b"", here) == Some(false);
    let platform = match cuts.files.keys().any(is_other) {
        true => Platform { system: "another", architecture: "another" },
        false => here,
    };
    let asked = cuts.files.iter().filter(|(_, cuts)| is_asked(cuts));
    let folders: BTreeSet<&str> = asked.map(|(path, _)| folder(path)).collect();
    for folder in folders {
        let entries = fs_err::read_dir(context.directory.join(folder)).into_iter().flatten();
        let mut names: Vec<String> = entries
            .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
            .filter(|name| name.ends_with(".go"))
            .collect();
        names.sort();
        for name in names {
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            if !cuts.files.contains_key(&path) && counts(&path, platform, context) {
                return Err(Mismatch::Unnamed(path));
            }
        }
    }
    Ok(())
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether a file is in every build for the platform and has statements that count.
fn counts(path: &str, platform: Platform<'_>, context: &Context) -> bool {
    let is_told =
        |text: &Vec<u8>| is_built(name(path), text, platform) == Some(true) && has_statements(text);
    !path.ends_with("_test.go") && text(&context.directory.join(path)).as_ref().is_some_and(is_told)
}

/// Whether go ignores the folder in `./...`.
fn is_passed_over(path: &str) -> bool {
    let is_other =
        |part: &str| part.starts_with(['_', '.']) || part == "testdata" || part == "vendor";
    path.split('/').any(is_other)
}

/// Folders of packages that no profile has, such as packages without tests before Go 1.22 and untested ones. They are not
/// counted. A package is what `./...` includes.
pub(crate) fn packages(cuts: &Cuts<'_>, modules: &Modules, context: &Context) -> Vec<String> {
    let root = &context.directory;
    let below =
        |path: &Path| path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned();
    // Walks folders instead of starting git, because a process costs as much as everything else.
    let entries = WalkDir::new(root).into_iter().filter_entry(|entry| {
        !entry.file_type().is_dir()
            || entry.depth() == 0
            || (!is_passed_over(&entry.file_name().to_string_lossy())
                && modules.reach(&below(entry.path()), root))
    });
    let known: BTreeSet<&str> = cuts.files.keys().map(|path| folder(path)).collect();
    let mut packages = BTreeSet::new();
    // An unreadable folder is not measured, and go reports it when it builds.
    let is_wanted = |_: &_| !context.cancellation.is_cancelled();
    for entry in entries.take_while(is_wanted).filter_map(Result::ok) {
        let name = entry.file_name().to_string_lossy();
        if !name.ends_with(".go") || is_passed_over(&name) {
            continue;
        }
        let path = below(entry.path());
        let is_new = !known.contains(folder(&path)) && !packages.contains(folder(&path));
        if is_new && modules.hold(&path, root) && counts(&path, platform(context), context) {
            packages.insert(folder(&path).to_owned());
        }
    }
    packages.into_iter().map(|path| if path.is_empty() { ".".to_owned() } else { path }).collect()
}

/// Whether there are statements that count: not in a generated or excluded file, and not in one that profiles may name by
/// its line directives.
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

/// Changed files that are missing from the profiles.
#[derive(Debug, Default)]
pub(crate) struct OfChange {
    /// Files of this build; none of their statements is covered.
    pub(crate) files: Vec<File<'static>>,
    /// Files with statements that are not measured here, and why.
    pub(crate) unmeasured: Vec<(String, &'static str)>,
    /// Number of files with statements in `vendor`.
    pub(crate) vendored: usize,
}

/// Classifies changed files that are missing from the profiles.
pub(crate) fn of_change(
    cuts: &Cuts<'_>,
    changed: &Changed,
    modules: &Modules,
    context: &Context,
) -> OfChange {
    let mut found = OfChange::default();
    let is_new = |path: &String| !cuts.files.contains_key(path) && !path.ends_with("_test.go");
    for (path, lines) in changed.iter().filter(|(path, _)| is_new(path)) {
        let Some(text) = text(&context.directory.join(path)) else { continue };
        let built = is_built(name(path), &text, platform(context));
        if built == Some(false) {
            continue;
        }
        let Some(file) = measure::unnamed(path, &text, lines) else { continue };
        if file.patch.all == 0 {
            continue;
        }
        let why = if path.split('/').any(|part| part == "vendor") {
            found.vendored += 1;
            continue;
        } else if !modules.hold(path, &context.directory) && modules.replace_with(path) {
            Some(
                "it belongs to a module that a `replace` of go.mod puts in, whose tests do not run here",
            )
        } else if !modules.hold(path, &context.directory) {
            // It is not part of this robot.
            continue;
        } else if is_passed_over(path) && !is_imported(path, cuts, modules, context) {
            // Test data and examples are not part of any program.
            continue;
        } else if built.is_none() {
            Some("build tags, cgo or Go's version decide whether it is built")
        } else {
            None
        };
        match why {
            Some(why) => found.unmeasured.push((path.clone(), why)),
            None => found.files.push(file),
        }
    }
    found
}

/// Whether a measured file imports the package of this file, which `./...` ignores.
fn is_imported(path: &str, cuts: &Cuts<'_>, modules: &Modules, context: &Context) -> bool {
    let Some(import) = modules.import_path(folder(path)) else { return false };
    let quoted = format!("\"{import}\"");
    cuts.files.keys().any(|file| {
        let text = text(&context.directory.join(file)).unwrap_or_default();
        memchr::memmem::find(&text, quoted.as_bytes()).is_some()
    })
}
