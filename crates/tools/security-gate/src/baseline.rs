//! What an earlier run found, so that a change answers for what it brings and not for what was there or
//! what was published since.

use crate::evidence::{Reachability, Scan};
use crate::merge::{About, Row};
use crate::severity::Severity;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io::Read as _;
use std::path::Path;

/// Name and version of the format.
pub(crate) const SCHEMA: &str = "robot.security/v1";
/// Largest record that is read, bytes.
const LARGEST: u64 = 64 << 20;

/// A run's findings and what they rest on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record<'a> {
    pub(crate) schema: Cow<'a, str>,
    /// Of the checkout; empty where it is not known.
    pub(crate) commit: Cow<'a, str>,
    /// Seconds since 1970.
    pub(crate) time: i64,
    pub(crate) scanners: Vec<RecordedScan>,
    pub(crate) findings: Vec<RecordedRow<'a>>,
    /// Versions of modules, by path.
    pub(crate) modules: Cow<'a, BTreeMap<String, BTreeSet<String>>>,
    /// SHA-256 of the files that were there, by path.
    pub(crate) files: Cow<'a, BTreeMap<String, String>>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RecordedScan {
    pub(crate) name: String,
    pub(crate) version: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) database: Option<jiff::Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RecordedRow<'a> {
    pub(crate) fingerprint: Cow<'a, str>,
    pub(crate) names: Cow<'a, [String]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) package: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<u32>,
    pub(crate) title: Cow<'a, str>,
    pub(crate) severity: Severity,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reachability: Option<Reachability>,
    pub(crate) versions: Vec<Cow<'a, str>>,
    pub(crate) fixed: Vec<Cow<'a, str>>,
    pub(crate) scanners: Vec<Cow<'a, str>>,
    /// Since when, as this run tells it.
    pub(crate) state: Cow<'a, str>,
    /// Why it is set aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ignored: Option<Cow<'a, str>>,
}

/// What is known of an earlier run.
#[derive(Debug)]
pub(crate) enum Baseline {
    /// A first run, or nothing to compare with.
    Nothing,
    /// There should be a record, and why it cannot be used.
    Unknown(String),
    /// The record.
    Known(Box<Record<'static>>),
}

/// Since when a row is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// There is no baseline to tell.
    Unjudged,
    /// The change brought it.
    Introduced,
    /// The baseline has it.
    Known,
    /// It is new without a change of ours, and why.
    Drift(String),
}

impl State {
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Unjudged => "found",
            Self::Introduced => "introduced",
            Self::Known => "known",
            Self::Drift(_) => "drift",
        }
    }
}

/// Reads a record. `must_be_there`: a setting names it.
pub(crate) fn read(path: &Path, must_be_there: bool) -> Baseline {
    let unknown = |why: String| Baseline::Unknown(format!("{} {why}", path.display()));
    let file = match std::fs::File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !must_be_there => {
            return Baseline::Nothing;
        }
        Err(error) => return unknown(format!("cannot be read: {error}")),
        Ok(file) => file,
    };
    let mut bytes = Vec::new();
    if let Err(error) = file.take(LARGEST).read_to_end(&mut bytes) {
        return unknown(format!("cannot be read: {error}"));
    }
    match serde_json::from_slice::<Record<'static>>(&bytes) {
        Ok(record) if record.schema == SCHEMA => Baseline::Known(Box::new(record)),
        Ok(record) => unknown(format!("is `{}`; {SCHEMA} is understood", record.schema)),
        Err(error) => unknown(format!("is not a record: {error}")),
    }
}

/// What the checkout holds that findings depend on.
#[derive(Debug, Default)]
pub(crate) struct Inventory {
    pub(crate) modules: BTreeMap<String, BTreeSet<String>>,
    pub(crate) files: BTreeMap<String, String>,
}

impl Inventory {
    /// Files that rows name, and Go files beside them, are hashed; modules are those that scans saw.
    pub(crate) fn of(
        root: &Path,
        rows: &[Row],
        scans: &[Scan],
        required: &[(String, String)],
    ) -> Self {
        let mut inventory = Self::default();
        for (module, version) in required {
            inventory.add(module, version);
        }
        for scope in scans.iter().filter_map(|scan| scan.scope.as_ref()) {
            for (module, version) in &scope.versions {
                inventory.add(module, version);
            }
        }
        for row in rows {
            let About::Package(Some(package)) = &row.about else { continue };
            let package = package.to_string();
            for version in row.versions() {
                inventory.add(&package, version);
            }
        }
        let is_kept = |entry: &walkdir::DirEntry| {
            let name = entry.file_name().to_string_lossy();
            entry.depth() == 0
                || !entry.file_type().is_dir()
                || !(name.starts_with('.') || name == "node_modules")
        };
        let sources = walkdir::WalkDir::new(root).into_iter().filter_entry(is_kept);
        let sources = sources.filter_map(Result::ok).filter(|it| it.file_type().is_file());
        let is_source = |path: &Path| path.extension().is_some_and(|extension| extension == "go");
        let named: HashSet<&str> = rows
            .iter()
            .filter_map(|row| match &row.about {
                About::Code { path, .. } => Some(path.as_str()),
                About::Package(_) => None,
            })
            .collect();
        for entry in sources {
            let Ok(below) = entry.path().strip_prefix(root) else { continue };
            let below = below.to_string_lossy().into_owned();
            if !is_source(entry.path()) && !named.contains(below.as_str()) {
                continue;
            }
            if let Ok(bytes) = fs_err::read(entry.path()) {
                inventory.files.insert(below, HEXLOWER.encode(&Sha256::digest(bytes)[..16]));
            }
        }
        inventory
    }

    fn add(&mut self, module: &str, version: &str) {
        if !version.is_empty() {
            self.modules.entry(module.to_owned()).or_default().insert(version.to_owned());
        }
    }
}

/// Tells for each row since when it is there.
pub(crate) fn states(
    baseline: &Baseline,
    rows: &[Row],
    scans: &[Scan],
    now: &Inventory,
) -> Vec<State> {
    let Baseline::Known(record) = baseline else { return vec![State::Unjudged; rows.len()] };
    let known = Known::of(record);
    rows.iter().map(|row| known.state(row, scans, now)).collect()
}

struct Known<'a> {
    record: &'a Record<'a>,
    by_fingerprint: HashMap<&'a str, &'a RecordedRow<'a>>,
    by_name: HashMap<(&'a str, &'a str), &'a RecordedRow<'a>>,
}

impl<'a> Known<'a> {
    fn of(record: &'a Record<'a>) -> Self {
        let mut by_name = HashMap::new();
        for row in &record.findings {
            for name in row.names.iter() {
                by_name.insert((row.package.as_deref().unwrap_or_default(), name.as_str()), row);
            }
        }
        let by_fingerprint = record.findings.iter().map(|row| (&*row.fingerprint, row)).collect();
        Self { record, by_fingerprint, by_name }
    }

    fn state(&self, row: &Row, scans: &[Scan], now: &Inventory) -> State {
        match &row.about {
            About::Code { path, .. } => {
                if self.by_fingerprint.contains_key(row.fingerprint.as_str()) {
                    return State::Known;
                }
                let before = self.record.files.get(path);
                let is_same = before.is_some() && before == now.files.get(path);
                // Only another scanner can find something else in the same file.
                match is_same && self.all_scanners_differ(row, scans) {
                    true => State::Drift("the file is the same, the scanner is another".to_owned()),
                    false => State::Introduced,
                }
            }
            About::Package(package) => {
                let package = package.as_ref().map(ToString::to_string).unwrap_or_default();
                let before = row
                    .names
                    .iter()
                    .find_map(|name| self.by_name.get(&(package.as_str(), name.as_str())));
                let same_version = self.record.modules.get(&package).is_some_and(|versions| {
                    let now = row.versions();
                    !now.is_empty() && now.iter().all(|version| versions.contains(*version))
                });
                match before {
                    // Code that now calls what it did not call before is a change of ours.
                    Some(before) if nearer(row.reachability, before.reachability) => {
                        State::Introduced
                    }
                    Some(_) => State::Known,
                    None if same_version && !self.code_changed(row, now) => {
                        State::Drift("the module is the same, the advisory is new".to_owned())
                    }
                    None => State::Introduced,
                }
            }
        }
    }

    /// Whether each scanner that found the row is of another version than that of the baseline, or was
    /// not run for it.
    fn all_scanners_differ(&self, row: &Row, scans: &[Scan]) -> bool {
        row.evidence.iter().filter_map(|(index, _)| scans.get(*index)).all(|scan| {
            let is_same =
                |one: &RecordedScan| one.name == scan.scanner && one.version == scan.version;
            !self.record.scanners.iter().any(is_same)
        })
    }

    /// Whether the file in which the call begins has changed.
    fn code_changed(&self, row: &Row, now: &Inventory) -> bool {
        let is_called = row.reachability == Some(Reachability::Called);
        let place = row.location().filter(|_| is_called);
        place.is_some_and(|place| {
            let before = self.record.files.get(&place.path);
            place.path.ends_with(".go") && before != now.files.get(&place.path)
        })
    }
}

/// Whether the code gets nearer than before. What was not known before cannot be compared.
fn nearer(now: Option<Reachability>, before: Option<Reachability>) -> bool {
    matches!((now, before), (Some(now), Some(before)) if now > before)
}

/// The record of this run. `told`: since when a row is there, and why it is set aside.
pub(crate) fn record<'a>(
    commit: &'a str,
    time: i64,
    rows: &'a [Row],
    scans: &'a [Scan],
    inventory: &'a Inventory,
    told: impl Fn(usize) -> (&'static str, Option<Cow<'a, str>>),
) -> Record<'a> {
    let scanners = scans.iter().map(|scan| RecordedScan {
        name: scan.scanner.clone(),
        version: scan.version.clone(),
        database: scan.database,
    });
    let findings = rows.iter().enumerate().map(|(index, row)| {
        let (package, path, line) = match &row.about {
            About::Code { path, line } => (None, Some(path.as_str()), *line),
            About::Package(package) => (package.as_ref().map(ToString::to_string), None, 0),
        };
        let (state, ignored) = told(index);
        let of_scan = |(index, _): &(usize, _)| Some(scans.get(*index)?.scanner.as_str());
        let mut scanners: Vec<&str> = row.evidence.iter().filter_map(of_scan).collect();
        scanners.sort_unstable();
        scanners.dedup();
        RecordedRow {
            fingerprint: row.fingerprint.as_str().into(),
            names: row.names.as_slice().into(),
            package,
            path: path.map(Cow::Borrowed),
            line: (line > 0).then_some(line),
            title: row.title().into(),
            severity: row.severity,
            reachability: row.reachability,
            versions: row.versions().into_iter().map(Cow::Borrowed).collect(),
            fixed: row.fixed().into_iter().map(Cow::Borrowed).collect(),
            scanners: scanners.into_iter().map(Cow::Borrowed).collect(),
            state: state.into(),
            ignored,
        }
    });
    Record {
        schema: SCHEMA.into(),
        commit: commit.into(),
        time,
        scanners: scanners.collect(),
        findings: findings.collect(),
        modules: Cow::Borrowed(&inventory.modules),
        files: Cow::Borrowed(&inventory.files),
    }
}

#[cfg(test)]
mod tests;
