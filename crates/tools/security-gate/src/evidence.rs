//! What one scanner says, in the words that all share.

use crate::severity::Severity;
use jiff::Timestamp;
use robot_contract::Checkout;
use robot_model::Location;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// How far the robot's code gets towards what is vulnerable; the order is how near.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    clap::ValueEnum,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Reachability {
    /// A needed module has it, no imported package does.
    Required,
    /// An imported package has it, no call reaches it.
    Imported,
    /// A call reaches it.
    Called,
}

impl Reachability {
    /// The lower-case word used in every format.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Imported => "imported",
            Self::Called => "called",
        }
    }
}

impl fmt::Display for Reachability {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.word())
    }
}

/// A package outside of the repository, by its package URL without a version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Package {
    /// Type of the package URL: `golang`, `deb`.
    pub ecosystem: String,
    /// Namespace and name, as the ecosystem writes them: `golang.org/x/text`.
    pub name: String,
}

impl Package {
    /// A Go module, the standard library (`stdlib`) or the toolchain.
    pub fn go(module: &str) -> Self {
        Self { ecosystem: "golang".to_owned(), name: module.to_owned() }
    }
}

impl fmt::Display for Package {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ecosystem.as_str() {
            "golang" => formatter.write_str(&self.name),
            other => write!(formatter, "{other}:{}", self.name),
        }
    }
}

/// What a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subject {
    /// A place in the repository's own files, by the rule that found it.
    Code,
    /// A published advisory for a package.
    Advisory {
        /// The package; `None` where the report does not say which.
        package: Option<Package>,
        /// As installed, without a leading `v`; empty where it is not known.
        version: String,
        /// First version without it; empty where there is none.
        fixed: String,
    },
}

/// A place as a scanner tells it: below the working folder, once it is settled.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FilePlace {
    /// With `/`; absolute for a file outside of the checkout.
    pub path: String,
    /// From 1.
    pub line: Option<u32>,
    /// From 1, in characters.
    pub column: Option<u32>,
}

impl FilePlace {
    /// The same in the repository; `None` for a file outside of it.
    pub(crate) fn in_repository(&self, checkout: &Checkout) -> Option<Location> {
        let file = Location::file(checkout.path(&self.path)?);
        Some(Location { line: self.line, column: self.column, ..file })
    }
}

/// One finding of one scanner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// What it is about.
    pub subject: Subject,
    /// The rule, or the advisory's identifier as this scanner has it.
    pub rule: String,
    /// Other names of the same advisory, from sources that answer for it.
    pub aliases: Vec<String>,
    /// Names of advisories in links: they may join rows, and never lower one.
    pub mentions: Vec<String>,
    /// How bad.
    pub severity: Severity,
    /// How near; `None` where this scanner does not look.
    pub reachability: Option<Reachability>,
    /// One line.
    pub title: String,
    /// The text that helps: calls that lead there, the code.
    pub detail: String,
    /// Where in the checkout.
    pub location: Option<FilePlace>,
    /// The line of code that it is about, for telling it again when lines move.
    pub snippet: String,
    /// When the advisory was published.
    pub published: Option<Timestamp>,
    /// Why the scanner itself sets it aside: `#nosec` with its reason.
    pub suppressed: Option<String>,
    /// The path of the module whose go.mod was looked at, where a source verdict on it can mean the
    /// same; `None` for images and binaries.
    pub main_module: Option<String>,
}

impl Evidence {
    pub(crate) fn new(subject: Subject, rule: impl Into<String>) -> Self {
        Self {
            subject,
            rule: rule.into(),
            aliases: Vec::new(),
            mentions: Vec::new(),
            severity: Severity::Unknown,
            reachability: None,
            title: String::new(),
            detail: String::new(),
            location: None,
            snippet: String::new(),
            published: None,
            suppressed: None,
            main_module: None,
        }
    }

    /// The rule and its aliases.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.rule).chain(&self.aliases).map(String::as_str)
    }

    /// The package and the version that an advisory is about.
    pub(crate) fn package(&self) -> Option<(&Package, &str)> {
        match &self.subject {
            Subject::Advisory { package: Some(package), version, .. } => Some((package, version)),
            _ => None,
        }
    }
}

/// What a source-level verdict of govulncheck is about, so that it is applied to nothing else.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Calls were looked at in sources, to the end, with the settings that the robot is built with.
    pub is_whole: bool,
    /// Modules of the repository that were looked at.
    pub main_modules: Vec<String>,
    /// Versions that were looked at, by module, without a leading `v`; `stdlib` has Go's.
    pub versions: BTreeMap<String, String>,
}

/// One report, read whole.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Scan {
    /// Name of the scanner: `gosec`, `govulncheck`, `trivy`, or as a SARIF report has it.
    pub scanner: String,
    /// Its version; empty where the report does not say.
    pub version: String,
    /// The file, or the command that was run.
    pub origin: String,
    /// When the database of advisories was last changed; `None` where there is none or it is not told.
    pub database: Option<Timestamp>,
    /// Whether it rests on a database of advisories at all.
    pub has_database: bool,
    /// When the report was made, where it says so.
    pub made: Option<Timestamp>,
    /// What it found.
    pub findings: Vec<Evidence>,
    /// What a verdict on reachability is about.
    pub scope: Option<Scope>,
    /// Names of the same advisory, also of ones that were not found.
    pub alias_groups: Vec<Vec<String>>,
    /// Why what was scanned is only a part.
    pub doubts: Vec<String>,
    /// Worth saying, and no doubt.
    pub notes: Vec<String>,
}

/// A report that proves nothing, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsound {
    /// The file or the scanner.
    pub origin: PathBuf,
    /// What is wrong with it.
    pub reason: String,
    /// What to do.
    pub hint: String,
}

/// Whether a name is that of an advisory rather than of a rule.
pub(crate) fn is_advisory(name: &str) -> bool {
    const PREFIXES: [&str; 12] = [
        "CVE-", "GHSA-", "GO-", "OSV-", "RUSTSEC-", "PYSEC-", "DSA-", "DLA-", "RHSA-", "ALAS-",
        "USN-", "TEMP-",
    ];
    PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Versions are told with and without a leading `v`, Go's also as `go1.26.8`.
pub(crate) fn bare_version(version: &str) -> &str {
    let version = version.strip_prefix("go").unwrap_or(version);
    let is_number = |rest: &&str| rest.starts_with(|first: char| first.is_ascii_digit());
    version.strip_prefix('v').filter(is_number).unwrap_or(version)
}
