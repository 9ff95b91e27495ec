//! Reads cover profiles and coverage data.

use crate::base::short;
use crate::input::Input;
use robot_contract::{Context, Failure, ResultExt};
use robot_evidence::{CoverProfile, Sources, sha256};
use robot_golang::covdata::Data;
use robot_golang::coverprofile::Profile;
use robot_render::counted;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Largest file of coverage data, in bytes.
const LARGEST: u64 = 512 << 20;

/// One profile, or one program's coverage data.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) profile: Profile,
    /// Whether it is known to have been measured on the files in this checkout.
    pub(crate) is_sealed: bool,
}

/// The profiles that were read.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    pub(crate) sources: Vec<Source>,
    /// Notes about them.
    pub(crate) notes: Vec<String>,
}

/// Reads the profiles in `profiles`, or else the one that `go-test` wrote.
///
/// # Errors
/// A profile is missing or invalid.
pub(crate) fn read(input: &Input, context: &Context) -> Result<Evidence, Failure> {
    let paths: Vec<PathBuf> = match &input.profiles {
        Some(paths) if !paths.is_empty() => {
            paths.iter().map(|path| context.absolute(path)).collect()
        }
        _ => match context.require::<CoverProfile>() {
            Ok(profile) => vec![profile.path],
            Err(missing) => {
                return Err(missing.hint("or set `profiles` to cover profiles from elsewhere"));
            }
        },
    };
    let mut evidence = Evidence::default();
    for path in paths {
        if path.is_dir() {
            let of = |profile| Source { profile, is_sealed: false };
            evidence.sources.extend(folder(&path)?.into_iter().map(of));
        } else {
            let source = file(&path, context, &mut evidence.notes)?;
            evidence.sources.push(source);
        }
    }
    let unknown = evidence.sources.iter().filter(|source| !source.is_sealed).count();
    if unknown > 0 {
        evidence.notes.push(format!(
            "{} without a list of the measured files (`<profile>.sources.json`, which go-test writes): compared only with the sources",
            counted(unknown, "profile")
        ));
    }
    Ok(evidence)
}

fn file(path: &Path, context: &Context, notes: &mut Vec<String>) -> Result<Source, Failure> {
    let source = fs_err::File::open(path).map_err(|error| {
        // A file that exists but cannot be read is an external failure.
        let failure = match error.kind() {
            std::io::ErrorKind::NotFound => Failure::evidence,
            _ => Failure::external,
        };
        failure(&format!("the cover profile {} cannot be read", path.display()))
            .caused_by(&error)
            .hint("run `go-test` with coverage before this step, or correct `profiles`")
    })?;
    let note = Sources::read(path).map_err(|error| {
        Failure::evidence(format!("{} cannot be read", Sources::path(path).display()))
            .caused_by(&error)
    })?;
    let mut profile = Profile::default();
    let mut source = source.take(LARGEST + 1);
    let unsound = |error: &dyn std::error::Error| {
        Failure::evidence(format!("{} is not a valid cover profile", path.display()))
            .caused_by(error)
            .hint("run the tests again; give profiles of different Go versions one by one, not joined")
    };
    let Some(note) = note else {
        profile.read(&mut source).map_err(|error| unsound(&error))?;
        if source.limit() == 0 {
            return Err(too_large(path));
        }
        return Ok(Source { profile, is_sealed: false });
    };
    let mut text = Vec::new();
    source.read_to_end(&mut text).or_external(|| format!("{} cannot be read", path.display()))?;
    if text.len() as u64 > LARGEST {
        return Err(too_large(path));
    }
    profile.add(&text).map_err(|error| unsound(&error))?;
    let differ = note.differ(&sha256(&text), &context.directory);
    let differ = differ.or_external(|| "the measured source files cannot be read".to_owned())?;
    if let Some(reason) = differ {
        return Err(Failure::evidence(format!(
            "{} does not match the checked-out files (measured at commit {}): {reason}",
            path.display(),
            short(note.commit())
        ))
        .hint("run the tests again in this checkout"));
    }
    if let Some(first) = note.unmeasured().first() {
        let more = match note.unmeasured().len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        return Err(Failure::evidence(format!(
            "the coverage of {first}{more} was not measured, because the test process ended early"
        ))
        .hint(
            "look for a panic, for os.Exit in TestMain, or for a TestMain that does not call m.Run",
        ));
    }
    if !note.commit().is_empty() && note.commit() != context.commit() {
        notes.push(format!(
            "measured at commit {}, which has the same Go files",
            short(note.commit())
        ));
    }
    Ok(Source { profile, is_sealed: true })
}

fn too_large(path: &Path) -> Failure {
    Failure::evidence(format!("{} is larger than {} MiB", path.display(), LARGEST >> 20))
}

fn folder(path: &Path) -> Result<Vec<Profile>, Failure> {
    let unreadable = || format!("{} cannot be read", path.display());
    let mut entries = fs_err::read_dir(path)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, _>>())
        .or_external(unreadable)?;
    entries.sort();
    let mut data = Data::default();
    for entry in entries.into_iter().filter(|entry| entry.is_file()) {
        let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.starts_with("cov") {
            continue;
        }
        let mut bytes = Vec::new();
        let file = fs_err::File::open(&entry).or_external(unreadable)?;
        file.take(LARGEST).read_to_end(&mut bytes).or_external(unreadable)?;
        data.add(&name, &bytes).map_err(|reason| {
            Failure::evidence(format!("{}: {reason}", entry.display()))
                .hint("the file may be cut off: run the program again with an empty GOCOVERDIR")
        })?;
    }
    data.profiles().map_err(|reason| {
        Failure::evidence(format!("{}: {reason}", path.display())).hint(
            "a program writes its counters when main returns or os.Exit is called: make it stop so on SIGTERM",
        )
    })
}
