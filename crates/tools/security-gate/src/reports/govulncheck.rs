//! govulncheck's JSON: a stream of objects, each of one kind
//! (<https://pkg.go.dev/golang.org/x/vuln/internal/govulncheck>, protocol v1). It ends with 0 whatever
//! was found, and has neither severities nor a mark of its end.

use super::{bounded, broken, line};
use crate::evidence::{
    Evidence, FilePlace, Package, Reachability, Scan, Scope, Subject, bare_version,
};
use jiff::Timestamp;
use serde::Deserialize;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read;

/// Largest message, bytes: govulncheck's own are below 1 MiB.
const MESSAGE: u64 = 64 << 20;
/// Most advisories and findings that are kept; Go's whole database has some thousand.
const KEPT: usize = 200_000;
/// Calls of a trace that are kept.
const CALLS: usize = 8;
/// What is said right before findings; without it the scan did not get there.
const CHECKING: [&str; 2] = ["Checking the code against", "Checking the binary against"];

/// Whether the program that wrote the stream is known to have ended with success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It was run by us.
    Success,
    /// The stream was read from a file: it may have been cut between two objects, so that what it does
    /// not have means nothing.
    Unknown,
}

#[derive(Deserialize)]
struct Message {
    config: Option<Config>,
    progress: Option<Progress>,
    #[serde(rename = "SBOM")]
    sbom: Option<Sbom>,
    osv: Option<Osv>,
    finding: Option<Finding>,
}

#[derive(Deserialize)]
struct Config {
    protocol_version: String,
    scanner_name: String,
    #[serde(default)]
    scanner_version: String,
    #[serde(default)]
    db_last_modified: Option<Timestamp>,
    #[serde(default)]
    scan_level: String,
    #[serde(default)]
    scan_mode: String,
}

#[derive(Deserialize)]
struct Progress {
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
struct Sbom {
    #[serde(default)]
    go_version: String,
    #[serde(default)]
    modules: Vec<Module>,
    #[serde(default)]
    roots: Vec<String>,
}

#[derive(Deserialize)]
struct Module {
    path: String,
    #[serde(default)]
    version: String,
}

#[derive(Deserialize)]
struct Osv {
    id: String,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    summary: String,
    published: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Finding {
    osv: String,
    #[serde(default)]
    fixed_version: String,
    #[serde(default)]
    trace: Vec<Frame>,
}

#[derive(Deserialize)]
struct Frame {
    #[serde(default)]
    module: String,
    #[serde(default)]
    version: String,
    package: Option<String>,
    function: Option<String>,
    receiver: Option<String>,
    position: Option<Position>,
}

#[derive(Deserialize)]
struct Position {
    #[serde(default)]
    filename: String,
    #[serde(default)]
    line: u32,
    #[serde(default)]
    column: u32,
}

/// Reads a stream. Memory does not grow with it, but with the advisories that it names.
///
/// # Errors
/// Why it proves nothing.
pub(crate) fn read(source: impl Read, end: End) -> Result<Scan, String> {
    let mut stream = Stream::default();
    let left = Cell::new(MESSAGE);
    let source = Limited { source, left: &left };
    let source = std::io::BufReader::with_capacity(256 << 10, source);
    for message in serde_json::Deserializer::from_reader(source).into_iter() {
        stream.take(message.map_err(|error| broken(&error))?)?;
        left.set(MESSAGE);
    }
    stream.scan(end)
}

/// Refuses to read on where one message is too large to be one.
struct Limited<'a, R> {
    source: R,
    left: &'a Cell<u64>,
}

impl<R: Read> Read for Limited<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.source.read(buffer)?;
        match self.left.get().checked_sub(read as u64) {
            Some(left) => self.left.set(left),
            None => return Err(std::io::Error::other("a message has more than 64 MiB")),
        }
        Ok(read)
    }
}

#[derive(Default)]
struct Stream {
    config: Option<Config>,
    sbom: Option<Sbom>,
    is_checking: bool,
    advisories: BTreeMap<String, Osv>,
    /// The nearest finding of each advisory in each module.
    findings: BTreeMap<(String, String), Found>,
}

/// What is kept of a finding.
struct Found {
    reach: Reachability,
    version: String,
    fixed: String,
    calls: String,
    place: Option<FilePlace>,
}

impl Stream {
    fn take(&mut self, message: Message) -> Result<(), String> {
        if let Some(config) = message.config {
            if config.scanner_name != "govulncheck" || !config.protocol_version.starts_with("v1.") {
                return Err(format!(
                    "is of {} with protocol {}; govulncheck with v1 is understood",
                    config.scanner_name, config.protocol_version
                ));
            }
            if self.config.is_some() {
                return Err("has two beginnings: streams of several scans were joined".to_owned());
            }
            self.config = Some(config);
        }
        let said = message.progress.map(|progress| progress.message).unwrap_or_default();
        self.is_checking |= CHECKING.iter().any(|begin| said.starts_with(begin));
        self.sbom = self.sbom.take().or(message.sbom);
        if let Some(advisory) = message.osv {
            let summary = line(&advisory.summary, 300);
            self.advisories.insert(advisory.id.clone(), Osv { summary, ..advisory });
        }
        if let Some(finding) = message.finding {
            let first = finding.trace.first().ok_or("has a finding without a trace")?;
            let reach = match (&first.function, &first.package) {
                (Some(_), _) => Reachability::Called,
                (None, Some(_)) => Reachability::Imported,
                (None, None) => Reachability::Required,
            };
            let key = (finding.osv.clone(), first.module.clone());
            if self.findings.get(&key).is_none_or(|known| known.reach < reach) {
                self.findings.insert(key, Found::of(finding, reach));
            }
        }
        match self.advisories.len().max(self.findings.len()) > KEPT {
            true => Err(format!("names more than {KEPT} advisories")),
            false => Ok(()),
        }
    }

    fn scan(self, end: End) -> Result<Scan, String> {
        let config = self.config.ok_or("has no `config`: its beginning is missing")?;
        let sbom = self.sbom.ok_or("has no `SBOM`: the scan did not get to the code")?;
        if !self.is_checking {
            return Err("does not say that anything was checked: it is cut off".to_owned());
        }
        let is_source = config.scan_mode == "source";
        if is_source && config.scan_level != "module" && sbom.roots.is_empty() {
            return Err("is of a scan that looked at no package".to_owned());
        }
        let is_whole = end == End::Success && is_source && config.scan_level == "symbol";
        let is_main = |module: &&Module| module.version.is_empty() && module.path != "stdlib";
        let mut scope = Scope {
            is_whole,
            main_modules: sbom.modules.iter().filter(is_main).map(|it| it.path.clone()).collect(),
            ..Scope::default()
        };
        for module in &sbom.modules {
            scope.versions.insert(module.path.clone(), bare_version(&module.version).to_owned());
        }
        scope.versions.insert("stdlib".to_owned(), bare_version(&sbom.go_version).to_owned());
        let mut scan = Scan {
            scanner: "govulncheck".to_owned(),
            version: config.scanner_version,
            database: config.db_last_modified,
            has_database: true,
            ..Scan::default()
        };
        // An empty folder passes for a database in which nothing is vulnerable.
        let begin = Timestamp::UNIX_EPOCH;
        if scan.database.is_none_or(|changed| changed <= begin) {
            scan.database = None;
            scan.doubts.push(
                "the database of govulncheck does not say when it was changed: it is empty or none"
                    .to_owned(),
            );
        }
        for ((id, module), found) in self.findings {
            let advisory = self.advisories.get(&id);
            scan.findings.push(found.evidence(id, &module, advisory, is_whole));
        }
        if end == End::Unknown && is_source {
            scan.notes.push(
                "a file does not tell whether govulncheck ended well: what it does not call reached counts as not known (`complete: true` when you checked its exit code)"
                    .to_owned(),
            );
        }
        let groups = self.advisories.into_values().filter(|one| !one.aliases.is_empty());
        scan.alias_groups = groups
            .map(|one| std::iter::once(one.id).chain(one.aliases).collect::<Vec<_>>())
            .collect();
        scan.scope = Some(scope);
        Ok(scan)
    }
}

impl Found {
    fn of(mut finding: Finding, reach: Reachability) -> Self {
        let trace = &mut finding.trace;
        // Names of files are relative to the module, absolute for others'.
        let is_own = |position: &&Position| {
            !position.filename.is_empty()
                && !position.filename.starts_with('/')
                && position.line > 0
        };
        let of_robot = trace.iter().rev().find(|frame| frame.version.is_empty());
        let position = of_robot.and_then(|frame| frame.position.as_ref()).filter(is_own);
        let place = position.map(|it| FilePlace {
            path: it.filename.clone(),
            line: Some(it.line),
            column: (it.column > 0).then_some(it.column),
        });
        let version = trace.first().map_or("", |first| bare_version(&first.version)).to_owned();
        // Where the robot's own code is, at the end, is worth more than what lies between.
        if trace.len() > CALLS {
            trace.drain(CALLS / 2..trace.len() - CALLS / 2);
        }
        let fixed = bare_version(&finding.fixed_version).to_owned();
        Self { reach, version, fixed, calls: calls(trace), place }
    }

    fn evidence(
        self,
        id: String,
        module: &str,
        advisory: Option<&Osv>,
        is_whole: bool,
    ) -> Evidence {
        let Self { reach, version, fixed, calls, place } = self;
        let subject = Subject::Advisory { package: Some(Package::go(module)), version, fixed };
        Evidence {
            aliases: advisory.map(|it| it.aliases.clone()).unwrap_or_default(),
            // What is called is, whether the stream is whole or not.
            reachability: (is_whole || reach == Reachability::Called).then_some(reach),
            title: advisory.map_or_else(String::new, |advisory| advisory.summary.clone()),
            detail: calls,
            location: place,
            published: advisory.and_then(|advisory| advisory.published),
            ..Evidence::new(subject, id)
        }
    }
}

/// From the robot's code to what is vulnerable.
fn calls(trace: &[Frame]) -> String {
    let mut out = String::new();
    for frame in trace.iter().rev() {
        let Some(function) = &frame.function else { continue };
        let receiver = frame.receiver.as_ref().map_or(String::new(), |it| format!("{it}."));
        let package = frame.package.as_deref().unwrap_or(&frame.module);
        let place = frame.position.as_ref().filter(|it| !it.filename.is_empty());
        let place = place.map_or(String::new(), |it| format!(" ({}:{})", it.filename, it.line));
        let _ = writeln!(out, "{package}.{receiver}{function}{place}");
    }
    bounded(out.trim_end(), 2000)
}
