//! trivy on the working folder: advisories of all that go.mod and other lock files need.

use super::run::{Run, said, shown};
use crate::evidence::{Scan, Unsound};
use crate::reports;
use jiff::Timestamp;
use serde::Deserialize;

const HINT: &str =
    "is its database in reach (`trivy-arguments: [--skip-db-update]` uses the one that is here)?";

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

pub(super) fn run(run: &Run<'_>) -> Result<Vec<Scan>, Unsound> {
    let (settings, folder) = (run.settings, &run.context.directory);
    let report = run.report("trivy.json");
    // An ignore file of its own would take findings away before anyone sees them: ours are told.
    let nothing = run.report("nothing");
    fs_err::write(&nothing, "")
        .map_err(|error| run.unsound(error.to_string(), "is the disk full?"))?;
    let line = run
        .command(folder)
        .args(["fs", "--format", "json", "--quiet", "--scanners", "vuln"])
        .args(["--exit-code", "0", "--ignore-unfixed=false", "--severity"])
        .arg("UNKNOWN,LOW,MEDIUM,HIGH,CRITICAL")
        .arg(format!("--ignorefile={}", nothing.display()))
        .arg(format!("--config={}", nothing.display()))
        .arg(format!("--output={}", report.display()))
        .args(settings.trivy_arguments.iter())
        .arg(".");
    let finished = run.finish(&line)?;
    run.in_time(&finished)?;
    if !finished.success() {
        let reason = format!("ended with {}: {}", finished.status(), said(&finished));
        return Err(run.unsound(reason, HINT));
    }
    let mut scan = run.read(&report, &finished, HINT, reports::trivy::read)?;
    scan.origin = shown(&line);
    // The report says nothing of its database, however old.
    let mut asked = run.command(folder).args(["version", "--format=json"]);
    if let Some(folder) = cache_folder(&settings.trivy_arguments) {
        asked = asked.arg(format!("--cache-dir={folder}"));
    }
    let told = run.finish(&asked)?;
    if let Ok(told) = serde_json::from_slice::<Version>(&told.stdout) {
        scan.version = told.version;
        scan.database = told.database.and_then(|database| database.updated_at);
    }
    Ok(vec![scan])
}

/// The folder of its database, where arguments name one.
pub(crate) fn cache_folder(arguments: &[String]) -> Option<&str> {
    let joined = || arguments.iter().find_map(|it| it.strip_prefix("--cache-dir="));
    let apart = arguments.windows(2).find(|pair| pair[0] == "--cache-dir");
    apart.map(|pair| pair[1].as_str()).or_else(joined)
}
