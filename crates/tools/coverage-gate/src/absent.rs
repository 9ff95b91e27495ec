//! Files that no profile names, and should.

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

/// Largest source that is read, bytes.
const LARGEST: u64 = 64 << 20;

/// A source's text; `None` for what is no file, is not there or is larger than any source.
pub(crate) fn text(path: &Path) -> Option<Vec<u8>> {
    // Asked before it is opened: opening a pipe waits for its writer.
    let metadata = path.metadata().ok().filter(|metadata| metadata.is_file())?;
    let size = metadata.len();
    if size > LARGEST {
        return None;
    }
    // One byte more shows the end without another growth.
    let mut text = Vec::with_capacity(usize::try_from(size).ok()? + 1);
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
    let is_asked =
        |cuts: &[Cut<'_>]| cuts.iter().all(|cut| !cut.is_sealed && !cut.name.starts_with('/'));
    // A profile of another system has other files: of that, only those count that are in any build.
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

/// Whether a file is in every build for the platform, and has statements that count.
fn counts(path: &str, platform: Platform<'_>, context: &Context) -> bool {
    let is_told =
        |text: &Vec<u8>| is_built(name(path), text, platform) == Some(true) && has_statements(text);
    !path.ends_with("_test.go") && text(&context.directory.join(path)).as_ref().is_some_and(is_told)
}

/// What go itself passes over in `./...`.
fn is_passed_over(path: &str) -> bool {
    let is_other =
        |part: &str| part.starts_with(['_', '.']) || part == "testdata" || part == "vendor";
    path.split('/').any(is_other)
}

/// Folders of packages that no profile has, as those without tests before Go 1.22 and what was not
/// tested: they are not counted. What is a package is what go takes for one in `./...`.
pub(crate) fn packages(cuts: &Cuts<'_>, modules: &Modules, context: &Context) -> Vec<String> {
    let root = &context.directory;
    let below =
        |path: &Path| path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned();
    // Folders are walked rather than git asked: a process costs as much as all the rest.
    let entries = WalkDir::new(root).into_iter().filter_entry(|entry| {
        !entry.file_type().is_dir()
            || entry.depth() == 0
            || (!is_passed_over(&entry.file_name().to_string_lossy())
                && modules.reach(&below(entry.path()), root))
    });
    let known: BTreeSet<&str> = cuts.files.keys().map(|path| folder(path)).collect();
    let mut packages = BTreeSet::new();
    // What cannot be read is not measured, and go says so when it builds.
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

/// Changed files that no profile names.
#[derive(Debug, Default)]
pub(crate) struct OfChange {
    /// Of this build: nothing of them is covered.
    pub(crate) files: Vec<File<'static>>,
    /// With statements that are not measured here, and why.
    pub(crate) unmeasured: Vec<(String, &'static str)>,
    /// With statements, in `vendor`.
    pub(crate) vendored: usize,
}

/// Looks at changed files that no profile names.
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
            // Not a part of this robot.
            continue;
        } else if is_passed_over(path) && !is_imported(path, cuts, modules, context) {
            // Data of tests, examples: not a part of any program.
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

/// Whether a measured file imports the package of this one, which `./...` passes over.
fn is_imported(path: &str, cuts: &Cuts<'_>, modules: &Modules, context: &Context) -> bool {
    let Some(import) = modules.import_path(folder(path)) else { return false };
    let quoted = format!("\"{import}\"");
    cuts.files.keys().any(|file| {
        let text = text(&context.directory.join(file)).unwrap_or_default();
        memchr::memmem::find(&text, quoted.as_bytes()).is_some()
    })
}
