//! What is set aside, by whom, and until when: one file of ours, where reason and end are mandatory, and
//! the files of other scanners.

mod osv_scanner;
mod ours;
mod trivyignore;
mod vex;

pub(crate) use ours::DEFAULT_PATHS;

use crate::evidence::{Package, Unsound};
use crate::merge::{About, Row};
use crate::names::Names;
use globset::{Glob, GlobMatcher};
use jiff::civil::Date;
use std::path::Path;

/// One entry of any of the files.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Names of the advisory, or a rule; empty where a whole package is meant.
    pub(crate) names: Vec<String>,
    /// Packages that it is for; empty means any.
    pub(crate) packages: Vec<Wanted>,
    /// Files that it is for; empty means any.
    pub(crate) paths: Vec<GlobMatcher>,
    /// Why.
    pub(crate) reason: String,
    /// The last day on which it holds; only foreign files may have none.
    pub(crate) expires: Option<Date>,
    /// `file:line`, or the file.
    pub(crate) place: String,
}

/// A package, perhaps at one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) package: Package,
    pub(crate) version: Option<String>,
}

/// All entries, and what could not be understood.
#[derive(Debug, Default)]
pub(crate) struct Ignores {
    pub(crate) entries: Vec<Entry>,
    /// Lines of foreign files that hold nothing back, as they are not understood.
    pub(crate) warnings: Vec<String>,
}

/// Where the files are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Files<'a> {
    pub(crate) ours: Option<&'a Path>,
    pub(crate) vex: &'a [std::path::PathBuf],
    pub(crate) reads_foreign: bool,
}

/// Reads all of them. `root`: the working folder.
///
/// # Errors
/// A file of ours, or one that a setting names, cannot be understood.
pub(crate) fn read(root: &Path, files: &Files<'_>) -> Result<Ignores, Unsound> {
    let mut ignores = Ignores::default();
    if let Some(path) = files.ours {
        ignores.entries.extend(ours::read(&root.join(path), path)?);
    }
    if files.reads_foreign {
        for name in FOREIGN {
            match fs_err::read_to_string(root.join(name)) {
                Ok(text) => parse_foreign(name, &text, &mut ignores),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => ignores.warnings.push(format!("{name} is not read: {error}")),
            }
        }
    }
    for path in files.vex {
        vex::read(&root.join(path), path, &mut ignores)?;
    }
    Ok(ignores)
}

/// Files of other scanners.
const FOREIGN: [&str; 4] =
    [".trivyignore", ".trivyignore.yaml", ".trivyignore.yml", "osv-scanner.toml"];

pub(crate) fn parse_foreign(name: &str, text: &str, ignores: &mut Ignores) {
    match name {
        ".trivyignore" => trivyignore::lines(text, name, ignores),
        "osv-scanner.toml" => osv_scanner::read(text, name, ignores),
        _ => trivyignore::yaml(text, name, ignores),
    }
}

pub(crate) fn parse_ours(text: &str) -> Result<Vec<Entry>, String> {
    ours::parse(text, "the ignore file")
}

pub(crate) fn parse_vex(bytes: &[u8], ignores: &mut Ignores) -> Result<(), String> {
    vex::parse(bytes, "the document", ignores)
}

/// What became of the entries.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Applied {
    /// For each row, the entry that sets it aside.
    pub(crate) by_row: Vec<Option<usize>>,
    /// Entries that would fit a row, had they not ended.
    pub(crate) expired: Vec<usize>,
    /// Entries that end within some days.
    pub(crate) ending: Vec<usize>,
    /// Entries that fit nothing.
    pub(crate) unused: Vec<usize>,
}

/// Lays the entries over the rows. `soon`: days within which an end is told.
pub(crate) fn apply(
    ignores: &Ignores,
    rows: &[Row],
    names: &Names,
    today: Date,
    soon: i64,
) -> Applied {
    let mut applied = Applied { by_row: vec![None; rows.len()], ..Applied::default() };
    let mut is_used = vec![false; ignores.entries.len()];
    let has_ended = |entry: &Entry| entry.expires.is_some_and(|expires| expires < today);
    for (row, set_aside) in rows.iter().zip(&mut applied.by_row) {
        let fitting = ignores.entries.iter().enumerate().filter(|(_, it)| it.fits(row, names));
        for (index, entry) in fitting {
            is_used[index] = true;
            if !has_ended(entry) && set_aside.is_none() {
                *set_aside = Some(index);
            }
        }
    }
    for (index, entry) in ignores.entries.iter().enumerate() {
        if !is_used[index] {
            applied.unused.push(index);
        } else if has_ended(entry) {
            applied.expired.push(index);
        } else if let Some(expires) = entry.expires {
            let left = today.until(expires).map_or(i64::MAX, |span| i64::from(span.get_days()));
            if left <= soon {
                applied.ending.push(index);
            }
        }
    }
    applied
}

impl Entry {
    fn fits(&self, row: &Row, names: &Names) -> bool {
        self.fits_name(row, names) && self.fits_package(row) && self.fits_paths(row)
    }

    fn fits_name(&self, row: &Row, names: &Names) -> bool {
        let is_same = |wanted: &String| {
            let group = names.group(wanted);
            row.names.iter().any(|name| {
                name.eq_ignore_ascii_case(wanted) || group.is_some() && names.group(name) == group
            })
        };
        match self.names.as_slice() {
            // Without a name it is for all of a package: never for everything.
            [] => !self.packages.is_empty(),
            wanted => wanted.iter().any(is_same),
        }
    }

    fn fits_package(&self, row: &Row) -> bool {
        if self.packages.is_empty() {
            return true;
        }
        let About::Package(Some(package)) = &row.about else { return false };
        let versions = row.versions();
        self.packages.iter().any(|wanted| {
            let is_same = wanted.package.name == package.name
                && (wanted.package.ecosystem.is_empty()
                    || wanted.package.ecosystem == package.ecosystem);
            // Several versions at once are set aside only if all are meant.
            let fits = |version: &String| versions.iter().all(|one| one == version);
            is_same && wanted.version.as_ref().is_none_or(fits)
        })
    }

    fn fits_paths(&self, row: &Row) -> bool {
        if self.paths.is_empty() {
            return true;
        }
        let is_match = |path: &str| self.paths.iter().any(|glob| glob.is_match(path));
        let mut places = row.evidence.iter().map(|(_, one)| one.location.as_ref());
        // A finding in any other file is not what was meant.
        places.all(|place| place.is_some_and(|place| is_match(&place.path)))
    }
}

fn globs(patterns: &[String]) -> Result<Vec<GlobMatcher>, String> {
    let glob = |pattern: &String| {
        Glob::new(pattern).map(|glob| glob.compile_matcher()).map_err(|error| error.to_string())
    };
    patterns.iter().map(glob).collect()
}

#[cfg(test)]
mod tests;
