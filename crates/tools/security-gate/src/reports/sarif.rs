//! SARIF 2.1.0 of any tool
//! (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>).

use super::{bounded, document, line};
use crate::evidence::{Evidence, FilePlace, Package, Scan, Subject, bare_version, is_advisory};
use crate::severity::{self, Severity};
use serde::Deserialize;
use std::borrow::Cow;
use std::ops::Deref;

/// A string of the report, borrowed where it has no escape: serde borrows a `Cow` only outside of an
/// `Option` and a `Vec`.
#[derive(Deserialize)]
struct Word<'a>(#[serde(borrow)] Cow<'a, str>);

impl Deref for Word<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

#[derive(Deserialize)]
struct Log<'a> {
    #[serde(borrow)]
    version: Option<Word<'a>>,
    #[serde(borrow)]
    runs: Option<Vec<Run<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    #[serde(borrow)]
    tool: Tool<'a>,
    #[serde(borrow)]
    results: Option<Vec<SarifResult<'a>>>,
    #[serde(borrow, default)]
    invocations: Vec<Invocation<'a>>,
}

#[derive(Deserialize)]
struct Tool<'a> {
    #[serde(borrow)]
    driver: Component<'a>,
    #[serde(borrow, default)]
    extensions: Vec<Component<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Component<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    version: Option<Word<'a>>,
    #[serde(borrow)]
    semantic_version: Option<Word<'a>>,
    #[serde(borrow, default)]
    rules: Vec<Rule<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    short_description: Option<Text<'a>>,
    default_configuration: Option<Configuration>,
    #[serde(borrow)]
    properties: Option<Properties<'a>>,
}

#[derive(Deserialize)]
struct Text<'a> {
    #[serde(borrow)]
    text: Option<Word<'a>>,
}

#[derive(Deserialize)]
struct Configuration {
    level: Option<Level>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Level {
    None,
    Note,
    Warning,
    Error,
}

#[derive(Deserialize)]
struct Properties<'a> {
    #[serde(rename = "security-severity")]
    severity: Option<serde_json::Value>,
    #[serde(borrow, default)]
    tags: Vec<Word<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult<'a> {
    #[serde(borrow)]
    rule_id: Option<Word<'a>>,
    rule_index: Option<i64>,
    #[serde(borrow)]
    rule: Option<RuleReference<'a>>,
    #[serde(borrow)]
    kind: Option<Word<'a>>,
    level: Option<Level>,
    #[serde(borrow)]
    message: Option<Text<'a>>,
    #[serde(borrow, default)]
    locations: Vec<SarifLocation<'a>>,
    #[serde(borrow, default)]
    suppressions: Vec<Suppression<'a>>,
    #[serde(borrow)]
    baseline_state: Option<Word<'a>>,
    #[serde(borrow)]
    properties: Option<Properties<'a>>,
}

#[derive(Deserialize)]
struct RuleReference<'a> {
    #[serde(borrow)]
    id: Option<Word<'a>>,
    index: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SarifLocation<'a> {
    #[serde(borrow)]
    physical_location: Option<Physical<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Physical<'a> {
    #[serde(borrow)]
    artifact_location: Option<Artifact<'a>>,
    #[serde(borrow)]
    region: Option<Region<'a>>,
}

#[derive(Deserialize)]
struct Artifact<'a> {
    #[serde(borrow)]
    uri: Option<Word<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Region<'a> {
    start_line: Option<u32>,
    start_column: Option<u32>,
    #[serde(borrow)]
    snippet: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Suppression<'a> {
    #[serde(borrow)]
    status: Option<Word<'a>>,
    #[serde(borrow)]
    justification: Option<Word<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Invocation<'a> {
    execution_successful: Option<bool>,
    #[serde(borrow, default)]
    tool_execution_notifications: Vec<Notification<'a>>,
}

#[derive(Deserialize)]
struct Notification<'a> {
    level: Option<Level>,
    #[serde(borrow)]
    message: Option<Text<'a>>,
}

/// Tools whose findings are as old as their database, which SARIF does not tell.
const DATABASES: [&str; 4] = ["trivy", "grype", "osv-scanner", "govulncheck"];

/// Reads a report; its runs become one scan, named by the first tool.
///
/// # Errors
/// Why it proves nothing.
pub(crate) fn read(bytes: &[u8]) -> Result<Scan, String> {
    let log: Log<'_> = document(bytes)?;
    match log.version.as_deref() {
        Some("2.1.0") => {}
        Some(other) => return Err(format!("is SARIF {}; 2.1.0 is understood", line(other, 40))),
        None => return Err("has no `version`: it is not SARIF".to_owned()),
    }
    let runs = log.runs.unwrap_or_default();
    let first = runs.first().ok_or("has no run: nothing was scanned")?;
    let driver = &first.tool.driver;
    let version = driver.semantic_version.as_ref().or(driver.version.as_ref());
    let mut scan = Scan {
        scanner: line(&driver.name, 100),
        version: version.map_or(String::new(), |version| line(version, 100)),
        ..Scan::default()
    };
    for run in runs {
        let rests_on_one = DATABASES.contains(&run.tool.driver.name.to_ascii_lowercase().as_str());
        take(run, &mut scan)?;
        let is_advisory = |one: &Evidence| one.subject != Subject::Code;
        scan.has_database |= rests_on_one || scan.findings.iter().any(is_advisory);
    }
    Ok(scan)
}

fn take(run: Run<'_>, scan: &mut Scan) -> Result<(), String> {
    let name = line(&run.tool.driver.name, 100);
    // "If the tool did not scan, results is null or absent": section 3.14.23.
    let results = run
        .results
        .ok_or_else(|| format!("has a run of {name} without `results`: it scanned nothing"))?;
    for invocation in &run.invocations {
        if invocation.execution_successful == Some(false) {
            return Err(format!(
                "is of a run of {name} that says of itself that it failed (`executionSuccessful: false`)"
            ));
        }
        let is_error = |one: &&Notification<'_>| matches!(one.level, Some(Level::Error));
        let errors = invocation.tool_execution_notifications.iter().filter(is_error);
        scan.doubts.extend(errors.map(|error| {
            let said = error.message.as_ref().and_then(|message| message.text.as_deref());
            format!("{name}: {}", line(said.unwrap_or("an error without a message"), 300))
        }));
    }
    let tool = &run.tool;
    let rules = Rules::new(tool);
    scan.findings.extend(results.iter().filter_map(|result| evidence(result, &rules)));
    Ok(())
}

/// Rules by name: an index may be stale, as in gosec's reports.
struct Rules<'a> {
    by_id: std::collections::HashMap<&'a str, &'a Rule<'a>>,
    driver: &'a [Rule<'a>],
}

impl<'a> Rules<'a> {
    fn new(tool: &'a Tool<'a>) -> Self {
        let all = std::iter::once(&tool.driver).chain(&tool.extensions);
        let by_id = all.flat_map(|part| &part.rules).map(|rule| (&*rule.id, rule)).collect();
        Self { by_id, driver: &tool.driver.rules }
    }

    fn of(&self, result: &SarifResult<'_>) -> (String, Option<&'a Rule<'a>>) {
        let named = result.rule.as_ref();
        let id = result.rule_id.as_deref().or_else(|| named?.id.as_deref());
        if let Some(id) = id {
            // `CA1000/1` is a rule below `CA1000`: section 3.27.5.
            let known = self.by_id.get(id);
            let above = || self.by_id.get(id.rsplit_once('/')?.0);
            return (id.to_owned(), known.or_else(above).copied());
        }
        let index = result.rule_index.or_else(|| named?.index);
        let index = index.and_then(|index| usize::try_from(index).ok());
        let rule = index.and_then(|index| self.driver.get(index));
        (rule.map_or_else(|| "unnamed".to_owned(), |rule| rule.id.to_string()), rule)
    }
}

fn evidence(result: &SarifResult<'_>, rules: &Rules<'_>) -> Option<Evidence> {
    // Only `fail` (the default) and `open` say that something is wrong: section 3.27.9.
    let kind = result.kind.as_deref().unwrap_or("fail");
    if !matches!(kind, "fail" | "open" | "review")
        || result.baseline_state.as_deref() == Some("absent")
    {
        return None;
    }
    let (id, rule) = rules.of(result);
    let level = result.level.or_else(|| rule?.default_configuration.as_ref()?.level);
    let score = |properties: &Option<Properties<'_>>| {
        let value = properties.as_ref()?.severity.as_ref()?;
        value.as_str().and_then(|text| text.trim().parse().ok()).or_else(|| value.as_f64())
    };
    let score = score(&result.properties).or_else(|| score(&rule?.properties));
    // gosec's level says less than its tag: medium and high are both errors.
    let tags = rule.and_then(|rule| rule.properties.as_ref()).map(|it| it.tags.as_slice());
    let is_word = |tag: &&str| matches!(*tag, "LOW" | "MEDIUM" | "HIGH" | "CRITICAL");
    let tagged = tags.unwrap_or_default().iter().map(|tag| &**tag).find(is_word);
    let severity = match (score, level.unwrap_or(Level::Warning)) {
        (Some(score), _) if score > 0.0 => Severity::of_score(score),
        _ if tagged.is_some() => tagged.map_or(Severity::Unknown, severity::of_word),
        (_, Level::Error) => Severity::High,
        (_, Level::Warning) => Severity::Medium,
        (_, Level::Note) => Severity::Low,
        (_, Level::None) => Severity::Unknown,
    };
    let text = result.message.as_ref().and_then(|message| message.text.as_deref());
    let text = text.unwrap_or_default();
    let physical = result.locations.first().and_then(|place| place.physical_location.as_ref());
    let region = physical.and_then(|physical| physical.region.as_ref());
    let uri = physical.and_then(|physical| physical.artifact_location.as_ref()?.uri.as_deref());
    let snippet = region.and_then(|region| region.snippet.as_ref()?.text.as_deref());
    let subject = match is_advisory(&id) {
        true => advisory(text),
        false => Subject::Code,
    };
    let description = rule.and_then(|rule| rule.short_description.as_ref()?.text.as_deref());
    let title = match (&subject, description) {
        (Subject::Advisory { .. }, Some(description)) => description,
        _ => text,
    };
    let accepted = result.suppressions.iter().find(|one| {
        // A review that is under way or was rejected suppresses nothing: section 3.35.3.
        one.status.as_deref().is_none_or(|status| status == "accepted")
    });
    Some(Evidence {
        severity,
        title: line(title, 300),
        // What the title has already is not kept twice.
        detail: if title == text && text.len() <= 300 {
            String::new()
        } else {
            bounded(text, 2000)
        },
        location: uri.map(|uri| FilePlace {
            path: path(uri),
            line: region.and_then(|region| region.start_line).filter(|line| *line > 0),
            column: region.and_then(|region| region.start_column).filter(|column| *column > 0),
        }),
        snippet: line(snippet.unwrap_or_default(), 500),
        suppressed: accepted.map(|one| {
            let reason = one.justification.as_deref().unwrap_or_default().trim();
            if reason.is_empty() {
                "suppressed in the report".to_owned()
            } else {
                line(reason, 300)
            }
        }),
        ..Evidence::new(subject, id)
    })
}

/// What trivy and osv-scanner tell of the package in the text of the result.
fn advisory(text: &str) -> Subject {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let package = field("Package: ").map(|name| match name.contains('/') {
        // Only modules of Go have such names where the text says nothing of the kind.
        true => Package::go(name),
        false => Package { ecosystem: "unknown".to_owned(), name: name.to_owned() },
    });
    Subject::Advisory {
        package,
        version: bare_version(field("Installed Version: ").unwrap_or_default()).to_owned(),
        fixed: bare_version(field("Fixed Version: ").unwrap_or_default()).to_owned(),
    }
}

/// A path of the repository from a URI, where it is one.
fn path(uri: &str) -> String {
    let uri = uri.strip_prefix("file://").unwrap_or(uri);
    let text = percent_encoding::percent_decode_str(uri).decode_utf8_lossy();
    text.strip_prefix("./").unwrap_or(&text).to_owned()
}
