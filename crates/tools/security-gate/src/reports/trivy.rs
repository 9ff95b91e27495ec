//! trivy's JSON, schema version 2 (<https://github.com/aquasecurity/trivy>, `pkg/types/report.go`).

use super::{bounded, document, line};
use crate::evidence::{Evidence, FilePlace, Package, Scan, Subject, bare_version, is_advisory};
use crate::severity::{self, Severity};
use jiff::Timestamp;
use packageurl::PackageUrl;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::str::FromStr as _;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Report {
    schema_version: Option<u32>,
    trivy: Option<Trivy>,
    created_at: Option<Timestamp>,
    artifact_name: Option<String>,
    artifact_type: Option<String>,
    #[serde(default)]
    results: Vec<Part>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Trivy {
    #[serde(default)]
    version: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct Part {
    target: String,
    r#type: String,
    vulnerabilities: Vec<Vulnerability>,
    misconfigurations: Vec<Misconfiguration>,
    secrets: Vec<Secret>,
    licenses: Vec<License>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Vulnerability {
    #[serde(rename = "VulnerabilityID")]
    id: String,
    #[serde(rename = "VendorIDs", default)]
    vendor_ids: Vec<String>,
    #[serde(default)]
    pkg_name: String,
    pkg_identifier: Option<Identifier>,
    #[serde(default)]
    installed_version: String,
    #[serde(default)]
    fixed_version: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    severity_source: String,
    #[serde(rename = "CVSS", default)]
    cvss: BTreeMap<String, Cvss>,
    #[serde(default)]
    title: String,
    #[serde(default)]
    references: Vec<String>,
    published_date: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Identifier {
    #[serde(rename = "PURL")]
    purl: Option<String>,
}

#[derive(Deserialize)]
struct Cvss {
    #[serde(rename = "V3Score")]
    third: Option<f64>,
    #[serde(rename = "V40Score")]
    fourth: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Misconfiguration {
    #[serde(rename = "ID", default)]
    id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    status: String,
    cause_metadata: Option<Cause>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Cause {
    start_line: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Secret {
    #[serde(rename = "RuleID", default)]
    id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    severity: String,
    start_line: Option<u32>,
    #[serde(default)]
    r#match: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct License {
    #[serde(default)]
    name: String,
    #[serde(default)]
    pkg_name: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    file_path: String,
}

/// Reads a report. A sound one may have no `Results` at all: nothing was found to look at.
///
/// # Errors
/// Why it proves nothing.
pub(crate) fn read(bytes: &[u8]) -> Result<Scan, String> {
    let report: Report = document(bytes)?;
    match report.schema_version {
        Some(2) => {}
        Some(other) => return Err(format!("has schema version {other}; 2 is understood")),
        None => return Err("has no `SchemaVersion`: no scan wrote it".to_owned()),
    }
    if report.artifact_name.as_deref().unwrap_or_default().is_empty() {
        return Err("does not say what was scanned (`ArtifactName`)".to_owned());
    }
    let mut scan = Scan {
        scanner: "trivy".to_owned(),
        version: report.trivy.map(|trivy| trivy.version).unwrap_or_default(),
        has_database: true,
        made: report.created_at,
        ..Scan::default()
    };
    if report.results.is_empty() {
        // An image or a folder in which trivy recognised nothing looks like one without findings.
        scan.doubts.push("trivy recognised nothing to look at in it".to_owned());
    }
    let is_folder = matches!(report.artifact_type.as_deref(), Some("filesystem" | "repository"));
    for part in report.results {
        scan.findings.extend(part.findings(is_folder));
    }
    Ok(scan)
}

impl Part {
    fn findings(self, is_folder: bool) -> Vec<Evidence> {
        let Self { target, r#type, vulnerabilities, misconfigurations, secrets, licenses } = self;
        // Paths in an image are not those of the repository.
        let place = |line: Option<u32>| {
            let line = line.filter(|line| *line > 0);
            is_folder.then(|| FilePlace { path: target.clone(), line, column: None })
        };
        let mut found = Vec::new();
        for one in vulnerabilities {
            let mut evidence = one.evidence(&r#type);
            if is_folder && r#type == "gomod" {
                evidence.location = place(None);
                // Made the path of the module by whoever can read the file.
                evidence.main_module = Some(target.clone());
            }
            found.push(evidence);
        }
        let failed = misconfigurations.into_iter().filter(|one| one.status != "PASS");
        found.extend(failed.map(|one| Evidence {
            severity: severity::of_word(&one.severity),
            title: line(&one.title, 300),
            detail: bounded(&one.message, 2000),
            location: place(one.cause_metadata.and_then(|cause| cause.start_line)),
            snippet: line(&one.message, 500),
            ..Evidence::new(Subject::Code, one.id)
        }));
        found.extend(secrets.into_iter().map(|one| Evidence {
            severity: severity::of_word(&one.severity),
            title: line(&one.title, 300),
            location: place(one.start_line),
            snippet: line(&one.r#match, 500),
            ..Evidence::new(Subject::Code, one.id)
        }));
        found.extend(licenses.into_iter().map(|one| Evidence {
            severity: severity::of_word(&one.severity),
            title: format!("licence {} of {}", line(&one.name, 100), line(&one.pkg_name, 200)),
            snippet: format!("{} {}", line(&one.pkg_name, 200), line(&one.file_path, 200)),
            ..Evidence::new(Subject::Code, format!("licence-{}", line(&one.name, 100)))
        }));
        found
    }
}

impl Vulnerability {
    fn evidence(self, kind: &str) -> Evidence {
        let purl = self.pkg_identifier.and_then(|identifier| identifier.purl);
        let package = purl.as_deref().and_then(package);
        let package = package.unwrap_or_else(|| Package {
            ecosystem: match kind {
                "gomod" | "gobinary" => "golang".to_owned(),
                other => other.to_owned(),
            },
            name: self.pkg_name.clone(),
        });
        let version = match package.ecosystem.as_str() {
            "golang" => bare_version(&self.installed_version).to_owned(),
            _ => self.installed_version,
        };
        let fixed = self.fixed_version.split(", ").map(bare_version).collect::<Vec<_>>();
        let subject =
            Subject::Advisory { package: Some(package), version, fixed: fixed.join(", ") };
        let score = self.cvss.get(&self.severity_source);
        let score = score.and_then(|cvss| cvss.third.or(cvss.fourth));
        let worded = severity::of_word(&self.severity);
        Evidence {
            aliases: self.vendor_ids.into_iter().filter(|id| is_alias(id)).collect(),
            mentions: self.references.iter().filter_map(|link| mentioned(link)).collect(),
            severity: match worded {
                Severity::Unknown => score.map_or(worded, Severity::of_score),
                worded => worded,
            },
            title: line(&self.title, 300),
            published: self.published_date,
            ..Evidence::new(subject, self.id)
        }
    }
}

/// A package URL, without its version.
pub(crate) fn package(purl: &str) -> Option<Package> {
    let purl = PackageUrl::from_str(purl).ok()?;
    let name = match purl.namespace() {
        Some(namespace) => format!("{namespace}/{}", purl.name()),
        None => purl.name().to_owned(),
    };
    Some(Package { ecosystem: purl.ty().to_owned(), name })
}

/// The version of a package URL, without a leading `v`.
pub(crate) fn version(purl: &str) -> Option<String> {
    Some(bare_version(PackageUrl::from_str(purl).ok()?.version()?).to_owned())
}

/// Whether an identifier stands for one vulnerability; a distribution's (`DSA-5000-1`) is of several.
fn is_alias(id: &str) -> bool {
    ["CVE-", "GHSA-", "GO-"].iter().any(|prefix| id.starts_with(prefix))
}

/// The advisory that a link is the page of.
fn mentioned(link: &str) -> Option<String> {
    let pages = ["https://pkg.go.dev/vuln/", "https://github.com/advisories/"];
    let name = pages.iter().find_map(|page| link.strip_prefix(page))?;
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    (is_advisory(name) && is_name).then(|| name.to_owned())
}
