//! Findings as SARIF 2.1.0 for GitHub's code scanning, within the limits of
//! <https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit>.

use crate::address::encoded;
use robot_model::{Finding, Level, Severity};
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

/// Largest number of results of one run.
const RESULTS: usize = 25_000;
/// Largest number of runs in one file.
const RUNS: usize = 20;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The findings of one tool.
#[derive(Debug, Default)]
pub struct SarifRun<'a> {
    /// The tool.
    pub tool: &'a str,
    /// Its version, if known.
    pub version: Option<&'a str>,
    /// Address of the tool's documentation.
    pub url: Option<&'static str>,
    /// The category, with a `/` at its end. Each run of a file needs its own: GitHub rejects several runs of one category
    /// since July 2025.
    pub category: String,
    /// What was found.
    pub results: Vec<SarifResult<'a>>,
}

/// One finding with properties specific to SARIF.
#[derive(Debug)]
pub struct SarifResult<'a> {
    /// The finding. Without a location it is assigned to `go.mod`, because GitHub rejects results without one.
    pub finding: Finding,
    /// The path of a file outside of the repository, for a finding without a location in it.
    pub outside: Option<&'a str>,
    /// GitHub's own hash of the line (`primaryLocationLineHash`).
    pub line_hash: Option<String>,
    /// Whether it is suppressed.
    pub is_suppressed: bool,
    /// Further properties.
    pub properties: BTreeMap<&'static str, Property<'a>>,
}

impl SarifResult<'_> {
    /// A finding without SARIF-specific properties.
    pub const fn of(finding: Finding) -> Self {
        Self {
            finding,
            outside: None,
            line_hash: None,
            is_suppressed: false,
            properties: BTreeMap::new(),
        }
    }
}

/// A further property of a result.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Property<'a> {
    /// A word.
    Word(&'a str),
    /// Several.
    Words(&'a [String]),
}

/// The document, and the number of findings that did not fit. These are the least severe.
pub fn sarif(runs: Vec<SarifRun<'_>>) -> (SarifLog<'_>, usize) {
    let mut left_out = 0;
    let mut taken = Vec::new();
    for mut run in runs {
        if taken.len() == RUNS {
            left_out += run.results.len();
            continue;
        }
        // The most severe findings come first, because GitHub keeps the first ones.
        run.results.sort_by_key(|it| Reverse((it.finding.level, it.finding.severity)));
        left_out += run.results.len().saturating_sub(RESULTS);
        run.results.truncate(RESULTS);
        taken.push(written(run));
    }
    (SarifLog { schema: SCHEMA, version: "2.1.0", runs: taken }, left_out)
}

fn written(run: SarifRun<'_>) -> Run<'_> {
    let mut rules: Vec<Rule> = Vec::new();
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let results = run.results.into_iter().map(|result| {
        let rule = &result.finding.rule;
        // The most severe findings come first, so that the first one decides for its rule.
        let number = numbers.get(rule).copied().unwrap_or_else(|| {
            numbers.insert(rule.clone(), rules.len());
            rules.push(Rule::of(&result.finding));
            rules.len() - 1
        });
        ResultObject::of(result, number)
    });
    let results = results.collect();
    let SarifRun { tool, version, url, category, .. } = run;
    Run {
        tool: Tool { driver: Driver { name: tool, information_uri: url, version, rules } },
        automation_details: Id { id: category },
        results,
        column_kind: "utf16CodeUnits",
    }
}

/// The document. It is serialized directly, because a copy of many findings would need too much memory.
#[derive(Debug, Serialize)]
pub struct SarifLog<'a> {
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
    results: Vec<ResultObject<'a>>,
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
    rules: Vec<Rule>,
}

#[derive(Debug, Serialize)]
struct Id {
    id: String,
}

#[derive(Debug, Serialize)]
struct Text {
    text: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: String,
    short_description: Text,
    full_description: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    help_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<RuleProperties>,
}

impl Rule {
    fn of(finding: &Finding) -> Self {
        let text = || Text { text: finding.title.clone() };
        Self {
            id: finding.rule.clone(),
            short_description: text(),
            full_description: text(),
            help_uri: finding.help_url.clone(),
            properties: finding.severity.map(|severity| RuleProperties {
                score: score(severity),
                tags: ["security", severity.word()],
            }),
        }
    }
}

#[derive(Debug, Serialize)]
struct RuleProperties {
    #[serde(rename = "security-severity")]
    score: &'static str,
    tags: [&'static str; 2],
}

/// The severity for code scanning (`security-severity`, a number as text).
const fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::Unknown => "0.0",
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultObject<'a> {
    rule_id: String,
    rule_index: usize,
    level: &'static str,
    message: Text,
    locations: [Place; 1],
    partial_fingerprints: Fingerprints,
    properties: BTreeMap<&'static str, Property<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressions: Option<[Suppression; 1]>,
}

impl<'a> ResultObject<'a> {
    fn of(result: SarifResult<'a>, rule_index: usize) -> Self {
        let SarifResult { finding, outside, line_hash, is_suppressed, properties } = result;
        let place = finding.location.as_ref();
        let uri = match (place, outside) {
            (Some(place), _) => encoded(place.path.as_str()),
            (None, Some(path)) => format!("file://{}", encoded(path)),
            (None, None) => "go.mod".to_owned(),
        };
        let region = Region {
            start_line: place.and_then(|place| place.line).unwrap_or(1),
            end_line: place.and_then(|place| place.end_line),
        };
        let suppression = Suppression { kind: "external", status: "accepted" };
        let text = match finding.detail.as_str() {
            "" => finding.title,
            detail => format!("{}\n{detail}", finding.title),
        };
        Self {
            rule_id: finding.rule,
            rule_index,
            level: match finding.level {
                Level::Error => "error",
                Level::Warning => "warning",
                Level::Notice => "note",
            },
            message: Text { text },
            locations: [Place {
                physical_location: Physical { artifact_location: Uri { uri }, region },
            }],
            partial_fingerprints: Fingerprints {
                finding: finding.fingerprint,
                primary_location_line_hash: line_hash,
            },
            properties,
            suppressions: is_suppressed.then_some([suppression]),
        }
    }
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
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<u32>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Fingerprints {
    #[serde(rename = "robotFinding/v1", skip_serializing_if = "Option::is_none")]
    finding: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    primary_location_line_hash: Option<String>,
}

#[derive(Debug, Serialize)]
struct Suppression {
    kind: &'static str,
    status: &'static str,
}
