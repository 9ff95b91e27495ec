//! The one file of ours: what is set aside, why, and until when.

use super::{Entry, Wanted, globs};
use crate::evidence::{Package, Unsound};
use crate::reports;
use jiff::civil::Date;
use serde::Deserialize;
use serde_saphyr::Spanned;
use std::path::Path;

/// Where it is looked for, in this order.
pub(crate) const DEFAULT_PATHS: [&str; 2] = [".github/security-ignore.yml", "security-ignore.yml"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    ignore: Vec<Spanned<Line>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: String,
    package: Option<String>,
    #[serde(default)]
    paths: Vec<String>,
    reason: String,
    expires: String,
}

/// Reads the file. `name`: as it is told.
///
/// # Errors
/// It cannot be read or understood, or an entry has no reason or no end.
pub(super) fn read(path: &Path, name: &Path) -> Result<Vec<Entry>, Unsound> {
    let refuse = |reason: String| {
        Unsound {
        origin: name.to_owned(),
        reason,
        hint: "an entry has `id`, `reason`, `expires` (a day, 2027-01-31), and may have `package` and `paths`"
            .to_owned(),
    }
    };
    let text = fs_err::read_to_string(path);
    let text = text.map_err(|error| refuse(format!("cannot be read: {error}")))?;
    parse(&text, &name.display().to_string()).map_err(refuse)
}

/// Parses the text.
///
/// # Errors
/// What is wrong, and in which line.
pub(crate) fn parse(text: &str, name: &str) -> Result<Vec<Entry>, String> {
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        return Ok(Vec::new());
    }
    let document: Document = serde_saphyr::from_str(text).map_err(|error| {
        let plain = error.without_snippet();
        let line = plain.location().map_or(String::new(), |at| format!("line {}: ", at.line()));
        format!("{line}{}", reports::line(&plain.to_string(), 300))
    })?;
    document.ignore.into_iter().map(|line| entry(line, name)).collect()
}

fn entry(line: Spanned<Line>, name: &str) -> Result<Entry, String> {
    let at = line.referenced.line();
    let Line { id, package, paths, reason, expires } = line.value;
    let wrong = |what: &str| format!("line {at}: {what}");
    if id.trim().is_empty() {
        return Err(wrong("`id` is empty"));
    }
    if reason.trim().len() < 3 {
        return Err(wrong("`reason` has fewer than 3 characters"));
    }
    let expires: Date = expires
        .trim()
        .parse()
        .map_err(|_| wrong("`expires` is not a date: expected one such as 2027-01-31"))?;
    Ok(Entry {
        names: vec![id.trim().to_owned()],
        packages: package.iter().map(|package| wanted(package)).collect(),
        paths: globs(&paths).map_err(|error| wrong(&error))?,
        reason: reason.trim().to_owned(),
        expires: Some(expires),
        place: format!("{name}:{at}"),
    })
}

/// A package URL, or the path of a Go module.
pub(super) fn wanted(text: &str) -> Wanted {
    let text = text.trim();
    if let Some(package) = reports::trivy::package(text) {
        return Wanted { package, version: reports::trivy::version(text) };
    }
    let (name, version) = match text.rsplit_once('@') {
        Some((name, version)) if !name.is_empty() => (name, Some(version)),
        _ => (text, None),
    };
    let version = version.map(|version| crate::evidence::bare_version(version).to_owned());
    Wanted { package: Package::go(name), version }
}
