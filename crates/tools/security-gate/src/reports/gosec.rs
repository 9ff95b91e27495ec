//! gosec's JSON (<https://github.com/securego/gosec>, `report.go`).

use super::{bounded, document, line};
use crate::evidence::{Evidence, FilePlace, Scan, Subject};
use crate::severity::Severity;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Deserialize)]
struct Report {
    #[serde(rename = "Golang errors")]
    errors: Option<BTreeMap<String, Option<Vec<GoError>>>>,
    #[serde(rename = "Issues")]
    issues: Option<Vec<Issue>>,
    #[serde(rename = "Stats")]
    stats: Option<Stats>,
    #[serde(rename = "GosecVersion", default)]
    version: String,
}

#[derive(Deserialize)]
struct GoError {
    #[serde(default)]
    line: u64,
    #[serde(default)]
    error: String,
}

#[derive(Deserialize)]
struct Stats {
    files: u64,
    #[serde(default)]
    found: u64,
}

#[derive(Deserialize)]
struct Issue {
    severity: String,
    confidence: String,
    rule_id: String,
    #[serde(default)]
    details: String,
    file: String,
    #[serde(default)]
    code: String,
    line: String,
    #[serde(default)]
    column: String,
    #[serde(default)]
    nosec: bool,
    suppressions: Option<Vec<Suppression>>,
}

#[derive(Deserialize)]
struct Suppression {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    justification: String,
}

/// Reads a report. `root`: the folder that paths are made relative to, where the scan was ours.
///
/// # Errors
/// Why it proves nothing.
pub(crate) fn read(bytes: &[u8], root: Option<&Path>) -> Result<Scan, String> {
    let report: Report = document(bytes)?;
    // `{}` is what some wrappers write when gosec fails.
    let issues = report.issues.ok_or("has no `Issues`: no scan wrote it")?;
    let stats = report.stats.ok_or("has no `Stats`: no scan wrote it")?;
    let errors = report.errors.unwrap_or_default();
    if stats.files == 0 {
        return Err("is of a scan that looked at no file".to_owned());
    }
    let open = issues.iter().filter(|issue| !issue.is_suppressed()).count() as u64;
    if stats.found > open {
        return Err(format!(
            "says that {} were found and has {open}: it was cut or filtered",
            stats.found
        ));
    }
    let mut scan = Scan {
        scanner: "gosec".to_owned(),
        version: report.version,
        findings: issues.into_iter().map(|issue| issue.evidence(root)).collect(),
        ..Scan::default()
    };
    for (file, errors) in &errors {
        let first = errors.iter().flatten().next();
        let said = first.map_or(String::new(), |one| format!(":{}: {}", one.line, one.error));
        scan.doubts.push(format!("gosec did not understand {file}{}", line(&said, 300)));
    }
    Ok(scan)
}

impl Issue {
    fn is_suppressed(&self) -> bool {
        self.nosec || self.suppressions.as_ref().is_some_and(|all| !all.is_empty())
    }

    fn evidence(self, root: Option<&Path>) -> Evidence {
        let suppressed = self.is_suppressed().then(|| {
            let reasons = self.suppressions.iter().flatten();
            let mut told = reasons.map(|one| match one.justification.trim() {
                "" => one.kind.clone(),
                reason => reason.to_owned(),
            });
            told.next().unwrap_or_else(|| "#nosec".to_owned())
        });
        // `12` or `12-14`
        let first = self.line.split('-').next().and_then(|line| line.parse().ok());
        let path = root
            .and_then(|root| Path::new(&self.file).strip_prefix(root).ok())
            .map_or(self.file.clone(), |below| below.to_string_lossy().into_owned());
        let column = self.column.parse().ok();
        Evidence {
            severity: severity(&self.severity, &self.confidence),
            title: line(&self.details, 300),
            detail: bounded(&self.code, 2000),
            snippet: snippet(&self.code, first),
            location: Some(FilePlace { path, line: first, column }),
            suppressed,
            ..Evidence::new(Subject::Code, self.rule_id)
        }
    }
}

/// gosec has two axes: a certain finding of medium harm outweighs a doubtful one of high harm.
fn severity(severity: &str, confidence: &str) -> Severity {
    match (severity, confidence) {
        ("HIGH", "HIGH" | "MEDIUM") => Severity::High,
        ("HIGH", _) | ("MEDIUM", "HIGH" | "MEDIUM") => Severity::Medium,
        ("MEDIUM" | "LOW", _) => Severity::Low,
        _ => Severity::Unknown,
    }
}

/// The line itself, of the numbered ones around it.
fn snippet(code: &str, line: Option<u32>) -> String {
    let Some(number) = line else { return String::new() };
    let prefix = format!("{number}: ");
    let found = code.lines().find_map(|line| line.strip_prefix(&prefix));
    bounded(found.unwrap_or_default().trim(), 500)
}
