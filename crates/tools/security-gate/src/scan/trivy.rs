//! trivy on the working folder: advisories of all that go.mod and other lock files need.

use super::{command, finish, said, unsound};
use crate::evidence::{Scan, Unsound};
use crate::input::{Scanner, Settings};
use crate::reports;
use jiff::Timestamp;
use robot_contract::Context;
use serde::Deserialize;
use std::path::Path;

const TRIVY: Scanner = Scanner::Trivy;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Version {
    #[serde(default)]
    version: String,
    #[serde(rename = "VulnerabilityDB")]
    database: Option<Database>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Database {
    updated_at: Option<Timestamp>,
}

pub(super) fn run(
    program: &Path,
    reports: &Path,
    settings: &Settings,
    context: &Context,
) -> Result<Vec<Scan>, Unsound> {
    let report = reports.join("trivy.json");
    // An ignore file of its own would take findings away before anyone sees them: ours are told.
    let nothing = reports.join("nothing");
    fs_err::write(&nothing, "")
        .map_err(|error| unsound(TRIVY, error.to_string(), "is the disk full?"))?;
    let line = command(program, &context.directory, context)
        .args(["fs", "--format", "json", "--quiet", "--scanners", "vuln"])
        .args(["--exit-code", "0", "--ignore-unfixed=false", "--severity"])
        .arg("UNKNOWN,LOW,MEDIUM,HIGH,CRITICAL")
        .arg(format!("--ignorefile={}", nothing.display()))
        .arg(format!("--config={}", nothing.display()))
        .arg(format!("--output={}", report.display()))
        .args(settings.trivy_arguments.iter())
        .arg(".");
    let finished = finish(TRIVY, &line, settings, context)?;
    let hint = "is its database in reach (`trivy-arguments: [--skip-db-update]` uses the one that is here)?";
    if !finished.success() {
        let reason = format!("ended with {}: {}", finished.status(), said(&finished));
        return Err(unsound(TRIVY, reason, hint));
    }
    let bytes = fs_err::read(&report)
        .map_err(|error| unsound(TRIVY, format!("wrote no report: {error}"), hint))?;
    let mut scan = reports::trivy::read(&bytes)
        .map_err(|reason| unsound(TRIVY, format!("report {reason}"), hint))?;
    scan.origin = reports::bounded(&line.to_string(), 200);
    // The report says nothing of its database, however old.
    let mut asked =
        command(program, &context.directory, context).args(["version", "--format=json"]);
    let cache = settings.trivy_arguments.windows(2).find(|pair| pair[0] == "--cache-dir");
    let joined = settings.trivy_arguments.iter().find(|it| it.starts_with("--cache-dir="));
    asked = match (cache, joined) {
        (Some(pair), _) => asked.args(pair.iter()),
        (None, Some(joined)) => asked.arg(joined),
        (None, None) => asked,
    };
    let told = finish(TRIVY, &asked, settings, context)?;
    if let Ok(told) = serde_json::from_slice::<Version>(&told.stdout) {
        scan.version = told.version;
        scan.database = told.database.and_then(|database| database.updated_at);
    }
    Ok(vec![scan])
}
