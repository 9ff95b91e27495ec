//! SARIF 2.1.0 as code scanning takes it: one run and category for each scanner, real fingerprints,
//! within the limits of
//! <https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit>.

use super::line_hash::line_hashes;
use crate::baseline::State;
use crate::decide::Judged;
use crate::evidence::Scan;
use crate::merge::Row;
use robot_model::Verdict;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// Results of one run that are taken.
const RESULTS: usize = 25_000;
/// Runs of one file.
const RUNS: usize = 20;

/// What is written and what was left out.
#[derive(Debug)]
pub(crate) struct Written<'a> {
    pub(crate) log: Log<'a>,
    /// Findings that did not fit, the least grave.
    pub(crate) left_out: usize,
}

/// The document; serialized as it is, as many findings would be too much twice.
#[derive(Debug, Serialize)]
pub(crate) struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: Vec<Run<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    automation_details: Id,
    results: Vec<Outcome<'a>>,
    column_kind: &'static str,
}

#[derive(Debug, Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    information_uri: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    rules: Vec<Rule<'a>>,
}

#[derive(Debug, Serialize)]
struct Id {
    id: String,
}

#[derive(Debug, Serialize)]
struct Text<T> {
    text: T,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'a> {
    id: &'a str,
    short_description: Text<&'a str>,
    full_description: Text<&'a str>,
    properties: RuleProperties,
}

#[derive(Debug, Serialize)]
struct RuleProperties {
    #[serde(rename = "security-severity")]
    severity: &'static str,
    tags: [&'static str; 2],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'a> {
    rule_id: &'a str,
    rule_index: usize,
    level: &'static str,
    message: Text<String>,
    locations: [Place; 1],
    partial_fingerprints: Fingerprints<'a>,
    properties: Properties<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressions: Option<[Suppression; 1]>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    physical_location: Physical,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Uri,
    region: Region,
}

#[derive(Debug, Serialize)]
struct Uri {
    uri: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Fingerprints<'a> {
    #[serde(rename = "robotFinding/v1")]
    finding: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    primary_location_line_hash: Option<String>,
}

#[derive(Debug, Serialize)]
struct Properties<'a> {
    state: &'static str,
    reachability: &'static str,
    names: &'a [String],
}

#[derive(Debug, Serialize)]
struct Suppression {
    kind: &'static str,
    status: &'static str,
}

/// Each row becomes one result, of the first scanner that found it. `prefix`: the working folder in the
/// repository.
pub(crate) fn write<'a>(
    rows: &'a [Row],
    states: &[State],
    judged: &[Judged],
    scans: &'a [Scan],
    root: &Path,
    prefix: &Path,
) -> Written<'a> {
    let mut by_scanner: BTreeMap<&str, Vec<(&'a Row, &State, &Judged)>> = BTreeMap::new();
    for scan in scans {
        by_scanner.entry(&scan.scanner).or_default();
    }
    for ((row, state), judged) in rows.iter().zip(states).zip(judged) {
        let first = row.evidence.first().and_then(|(index, _)| scans.get(*index));
        if let Some(scan) = first {
            by_scanner.entry(&scan.scanner).or_default().push((row, state, judged));
        }
    }
    let mut hashes = Hashes { root, known: HashMap::new() };
    let mut left_out = 0;
    let mut runs = Vec::new();
    for (scanner, mut found) in by_scanner {
        if runs.len() == RUNS {
            left_out += found.len();
            continue;
        }
        // The gravest stay: GitHub keeps the first that it counts.
        found.sort_by_key(|(_, _, judged)| std::cmp::Reverse((judged.verdict, judged.severity)));
        left_out += found.len().saturating_sub(RESULTS);
        found.truncate(RESULTS);
        let version = scans.iter().find(|scan| scan.scanner == scanner);
        let version = version.map(|scan| scan.version.as_str()).unwrap_or_default();
        runs.push(run(scanner, version, &found, &mut hashes, prefix));
    }
    let schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
    Written { log: Log { schema, version: "2.1.0", runs }, left_out }
}

fn run<'a>(
    scanner: &'a str,
    version: &'a str,
    found: &[(&'a Row, &State, &Judged)],
    hashes: &mut Hashes<'_>,
    prefix: &Path,
) -> Run<'a> {
    let mut rules: Vec<Rule<'a>> = Vec::new();
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    for (row, _, judged) in found {
        // Rows are sorted, the gravest first: it decides for its rule.
        numbers.entry(row.name()).or_insert_with(|| {
            rules.push(rule(row, judged));
            rules.len() - 1
        });
    }
    let results = found
        .iter()
        .map(|(row, state, judged)| {
            let number = numbers.get(row.name()).copied().unwrap_or_default();
            result(row, state, judged, number, hashes, prefix)
        })
        .collect();
    let information_uri = match scanner {
        "gosec" => Some("https://github.com/securego/gosec"),
        "govulncheck" => Some("https://go.dev/doc/security/vuln/"),
        "trivy" | "Trivy" => Some("https://trivy.dev"),
        _ => None,
    };
    let version = crate::evidence::bare_version(version);
    let version = Some(version).filter(|it| it.starts_with(|first: char| first.is_ascii_digit()));
    Run {
        tool: Tool { driver: Driver { name: scanner, information_uri, version, rules } },
        // The category; several runs of one are refused since July 2025.
        automation_details: Id { id: format!("robot-security-gate/{scanner}/") },
        results,
        column_kind: "utf16CodeUnits",
    }
}

fn title(row: &Row) -> &str {
    if row.title().is_empty() { row.name() } else { row.title() }
}

fn rule<'a>(row: &'a Row, judged: &Judged) -> Rule<'a> {
    Rule {
        id: row.name(),
        short_description: Text { text: title(row) },
        full_description: Text { text: title(row) },
        properties: RuleProperties {
            severity: judged.severity.score(),
            tags: ["security", judged.severity.word()],
        },
    }
}

fn result<'a>(
    row: &'a Row,
    state: &State,
    judged: &Judged,
    number: usize,
    hashes: &mut Hashes<'_>,
    prefix: &Path,
) -> Outcome<'a> {
    let level = match judged.verdict {
        Some(Verdict::Fail) => "error",
        Some(Verdict::Warn) => "warning",
        _ => "note",
    };
    let place = row.location();
    // What is of no file is of go.mod: a result without a place is refused.
    let path = place.map_or("go.mod", |place| place.path.as_str());
    let start_line = place.and_then(|place| place.line).unwrap_or(1);
    let inside = prefix.join(path).to_string_lossy().into_owned();
    let suppression = Suppression { kind: "external", status: "accepted" };
    Outcome {
        rule_id: row.name(),
        rule_index: number,
        level,
        message: Text { text: message(row) },
        locations: [Place {
            physical_location: Physical {
                artifact_location: Uri { uri: uri(&inside) },
                region: Region { start_line },
            },
        }],
        partial_fingerprints: Fingerprints {
            finding: &row.fingerprint,
            primary_location_line_hash: hashes.of(path, start_line),
        },
        properties: Properties {
            state: state.word(),
            reachability: row.reachability.map_or("unknown", |reach| reach.word()),
            names: &row.names,
        },
        suppressions: judged.is_ignored.then_some([suppression]),
    }
}

fn message(row: &Row) -> String {
    let mut text = title(row).to_owned();
    if let crate::merge::About::Package(Some(package)) = &row.about {
        let versions = row.versions().into_iter().collect::<Vec<_>>().join(", ");
        let fixed = row.fixed().into_iter().collect::<Vec<_>>().join(", ");
        text +=
            &format!("\nPackage: {package}\nInstalled Version: {versions}\nFixed Version: {fixed}");
    }
    text
}

/// A relative reference, or that of a file outside of the checkout: what means something in a URI is
/// encoded.
fn uri(path: &str) -> String {
    let mut uri = if path.starts_with('/') { "file://" } else { "" }.to_owned();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                uri.push(char::from(byte));
            }
            byte => uri += &format!("%{byte:02X}"),
        }
    }
    uri
}

struct Hashes<'a> {
    root: &'a Path,
    known: HashMap<String, Vec<String>>,
}

impl Hashes<'_> {
    fn of(&mut self, path: &str, line: u32) -> Option<String> {
        if !self.known.contains_key(path) {
            let text = fs_err::read_to_string(self.root.join(path)).ok();
            let hashes = text.map(|text| line_hashes(&text)).unwrap_or_default();
            self.known.insert(path.to_owned(), hashes);
        }
        let hashes = self.known.get(path)?;
        let hash = hashes.get(usize::try_from(line).ok()?.checked_sub(1)?)?;
        (!hash.is_empty()).then(|| hash.clone())
    }
}
