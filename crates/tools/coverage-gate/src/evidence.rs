//! The profiles, as one.

use crate::input::Input;
use robot_contract::{Context, Failure, ResultExt};
use robot_golang::covdata::Data;
use robot_golang::coverprofile::Profile;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Largest file of coverage data, bytes.
const LARGEST: u64 = 512 << 20;

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    pub(crate) profile: Profile,
    /// Profiles and programs.
    pub(crate) sources: usize,
    /// Files that some source cuts into other blocks than the first, as another Go version does.
    pub(crate) cut_otherwise: usize,
}

/// Reads all that is named, or what `go-test` left.
///
/// # Errors
/// Something is missing, or not sound: what is covered is not known then.
pub(crate) fn read(input: &Input, context: &Context) -> Result<Evidence, Failure> {
    let paths: Vec<PathBuf> = match &input.profiles {
        Some(paths) if !paths.is_empty() => {
            paths.iter().map(|path| context.absolute(path)).collect()
        }
        _ => vec![context.output_directory()?.join("go-test/coverprofile")],
    };
    let mut evidence = Evidence::default();
    for path in paths {
        let profiles = if path.is_dir() { folder(&path)? } else { vec![file(&path)?] };
        for profile in profiles {
            if evidence.sources == 0 {
                evidence.profile = profile;
            } else {
                evidence.cut_otherwise += evidence.profile.join(profile);
            }
            evidence.sources += 1;
        }
    }
    Ok(evidence)
}

fn file(path: &Path) -> Result<Profile, Failure> {
    let source = fs_err::File::open(path).map_err(|error| {
        Failure::external("there is no cover profile: what is covered is not known")
            .caused_by(&error)
            .hint("run `go-test` with coverage before this step, or name `profiles`")
    })?;
    let mut profile = Profile::default();
    profile.read(source).map_err(|error| {
        Failure::external(format!("{} is no sound cover profile", path.display()))
            .caused_by(&error)
            .hint("it may have been cut off, or joined from runs of different Go versions: name those one by one")
    })?;
    Ok(profile)
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
            Failure::external(format!("{}: {reason}", entry.display()))
                .hint("it may have been cut off; run the program again with an empty GOCOVERDIR")
        })?;
    }
    data.profiles().map_err(|reason| {
        Failure::external(format!("{}: {reason}", path.display())).hint(
            "counters are written when a program ends by itself: let it stop on SIGTERM and return from main",
        )
    })
}
