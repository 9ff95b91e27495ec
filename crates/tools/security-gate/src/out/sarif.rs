//! SARIF 2.1.0 as code scanning takes it: one run and category for each scanner, real fingerprints,
//! within the limits of
//! <https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit>.

use super::line_hash::line_hashes;
use crate::baseline::State;
use crate::decide::Judged;
use crate::evidence::Scan;
use crate::merge::Row;
use robot_model::Verdict;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// Results of one run that are taken.
const RESULTS: usize = 25_000;
/// Runs of one file.
const RUNS: usize = 20;

/// What is written and what was left out.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) log: Value,
    /// Findings that did not fit, the least grave.
    pub(crate) left_out: usize,
}

/// Each row becomes one result, of the first scanner that found it. `prefix`: the working folder in the
/// repository.
pub(crate) fn write(
    rows: &[Row],
    states: &[State],
    judged: &[Judged],
    scans: &[Scan],
    root: &Path,
    prefix: &Path,
) -> Written {
    let mut by_scanner: BTreeMap<&str, Vec<(&Row, &State, &Judged)>> = BTreeMap::new();
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
    let mut written = Written::default();
    let mut runs = Vec::new();
    for (scanner, mut found) in by_scanner {
        if runs.len() == RUNS {
            written.left_out += found.len();
            continue;
        }
        // The gravest stay: GitHub keeps the first that it counts.
        found.sort_by_key(|(_, _, judged)| std::cmp::Reverse((judged.verdict, judged.severity)));
        written.left_out += found.len().saturating_sub(RESULTS);
        found.truncate(RESULTS);
        let version = scans.iter().find(|scan| scan.scanner == scanner);
        let version = version.map(|scan| scan.version.as_str()).unwrap_or_default();
        runs.push(run(scanner, version, &found, &mut hashes, prefix));
    }
    written.log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": runs,
    });
    written
}

fn run(
    scanner: &str,
    version: &str,
    found: &[(&Row, &State, &Judged)],
    hashes: &mut Hashes<'_>,
    prefix: &Path,
) -> Value {
    let mut rules: Vec<Value> = Vec::new();
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    for (row, _, judged) in found {
        // Rows are sorted, the gravest first: it decides for its rule.
        numbers.entry(row.name()).or_insert_with(|| {
            rules.push(rule(row, judged));
            rules.len() - 1
        });
    }
    let results: Vec<Value> = found
        .iter()
        .map(|(row, state, judged)| {
            let number = numbers.get(row.name()).copied().unwrap_or_default();
            result(row, state, judged, number, hashes, prefix)
        })
        .collect();
    let mut driver = Map::new();
    driver.insert("name".into(), scanner.into());
    let home = match scanner {
        "gosec" => Some("https://github.com/securego/gosec"),
        "govulncheck" => Some("https://go.dev/doc/security/vuln/"),
        "trivy" | "Trivy" => Some("https://trivy.dev"),
        _ => None,
    };
    if let Some(home) = home {
        driver.insert("informationUri".into(), home.into());
    }
    let version = crate::evidence::bare_version(version);
    if version.starts_with(|first: char| first.is_ascii_digit()) {
        driver.insert("version".into(), version.into());
    }
    driver.insert("rules".into(), rules.into());
    json!({
        "tool": {"driver": driver},
        // The category; several runs of one are refused since July 2025.
        "automationDetails": {"id": format!("robot-security-gate/{scanner}/")},
        "results": results,
        "columnKind": "utf16CodeUnits",
    })
}

fn rule(row: &Row, judged: &Judged) -> Value {
    let title = if row.title().is_empty() { row.name() } else { row.title() };
    json!({
        "id": row.name(),
        "shortDescription": {"text": title},
        "fullDescription": {"text": title},
        "properties": {
            "security-severity": judged.severity.score(),
            "tags": ["security", judged.severity.word()],
        },
    })
}

fn result(
    row: &Row,
    state: &State,
    judged: &Judged,
    number: usize,
    hashes: &mut Hashes<'_>,
    prefix: &Path,
) -> Value {
    let level = match judged.verdict {
        Some(Verdict::Fail) => "error",
        Some(Verdict::Warn) => "warning",
        _ => "note",
    };
    let place = row.location();
    // What is of no file is of go.mod: a result without a place is refused.
    let path = place.map_or("go.mod", |place| place.path.as_str());
    let line = place.and_then(|place| place.line).unwrap_or(1);
    let mut fingerprints = Map::new();
    fingerprints.insert("robotFinding/v1".into(), row.fingerprint.as_str().into());
    if let Some(hash) = hashes.of(path, line) {
        fingerprints.insert("primaryLocationLineHash".into(), hash.into());
    }
    let inside = prefix.join(path).to_string_lossy().into_owned();
    let mut result = json!({
        "ruleId": row.name(),
        "ruleIndex": number,
        "level": level,
        "message": {"text": message(row)},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": uri(&inside)},
            "region": {"startLine": line},
        }}],
        "partialFingerprints": fingerprints,
        "properties": {
            "state": state.word(),
            "reachability": row.reachability.map_or("unknown", |reach| reach.word()),
            "names": row.names,
        },
    });
    if judged.is_ignored {
        result["suppressions"] = json!([{"kind": "external", "status": "accepted"}]);
    }
    result
}

fn message(row: &Row) -> String {
    let mut text = if row.title().is_empty() { row.name() } else { row.title() }.to_owned();
    let versions = row.versions().into_iter().collect::<Vec<_>>().join(", ");
    if let crate::merge::About::Package(Some(package)) = &row.about {
        text = format!("{text}\nPackage: {package}\nInstalled Version: {versions}");
        let fixed = row.fixed().into_iter().collect::<Vec<_>>().join(", ");
        text = format!("{text}\nFixed Version: {fixed}");
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
