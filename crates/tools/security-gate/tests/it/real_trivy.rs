//! The real trivy, which takes ten minutes to build: `cargo xtask slow` runs these. Its recorded reports are
//! in `tests/fixtures`.

use crate::world::{Advisory, TEXT, World};
use robot_process::{Cancellation, Command};
use robot_testkit::tool;
use serde_json::Value;

/// Of `golang.org/x/text` v0.3.5: trivy has both, and no call reaches the second.
const BOTH: [Advisory; 2] = [
    Advisory("GO-2021-0113", TEXT, "golang.org/x/text/language", &["ParseAcceptLanguage"], "0.3.7"),
    Advisory("GO-2022-1059", TEXT, "golang.org/x/text/language", &["MatchStrings"], "0.3.8"),
];

/// trivy without any server.
fn offline() -> Vec<String> {
    let cache = tool("ROBOT_TEST_TRIVY_DATABASE");
    let flags = [
        "--offline-scan",
        "--skip-db-update",
        "--skip-java-db-update",
        "--skip-check-update",
        "--skip-version-check",
    ];
    let cache = format!("--cache-dir={}", cache.display());
    flags.iter().map(|flag| (*flag).to_owned()).chain([cache]).collect()
}

/// The gate with the real trivy and govulncheck.
fn gate(world: &World, scanners: &str) -> (Option<i32>, Value) {
    let tools = ["ROBOT_TEST_TRIVY", "ROBOT_TEST_GOVULNCHECK"].map(tool);
    let folders: Vec<_> = tools.iter().filter_map(|tool| tool.parent()).collect();
    let database = world.database(&BOTH);
    let trivy = format!("--trivy-arguments={}", offline().join(","));
    let scanners = format!("--scanners={scanners}");
    world.gate(&folders, &[&scanners, "--vulnerability-db", &database, &trivy])
}

fn row<'a>(record: &'a Value, name: &str) -> &'a Value {
    let rows = record["findings"].as_array().unwrap();
    let has = |row: &&Value| row["names"].as_array().unwrap().iter().any(|it| it == name);
    rows.iter().find(has).unwrap_or_else(|| panic!("no {name} in {record}"))
}

#[test]
#[ignore = "slow: cargo xtask slow"]
fn trivy_finds_what_go_mod_needs_and_its_database_has_an_age() {
    let world = World::new();
    let (code, result) = gate(&world, "trivy");
    assert_eq!((code, &result["cause"]), (Some(10), &"found".into()), "{result}");
    let record = world.left("security.json");
    let found = row(&record, "CVE-2021-38561");
    assert_eq!(found["package"], TEXT, "{found}");
    assert_eq!(found["versions"], serde_json::json!(["0.3.5"]), "{found}");
    let scanner = &record["scanners"][0];
    assert!(scanner["database"].is_string(), "{scanner}");
}

#[test]
#[ignore = "slow: cargo xtask slow"]
fn what_no_call_reaches_is_lowered_and_trivy_takes_our_word() {
    let world = World::new();
    let (code, result) = gate(&world, "trivy,govulncheck");
    assert_eq!(code, Some(10), "{result}");
    let record = world.left("security.json");
    let lowered = row(&record, "CVE-2022-32149");
    assert_eq!(lowered["reachability"], "imported", "{lowered}");
    assert_eq!(lowered["scanners"], serde_json::json!(["govulncheck", "trivy"]), "{lowered}");
    let vex = world.runner.path("temp/robot/security/security.openvex.json");
    let report = world.runner.path("after.json");
    let trivy = Command::new(tool("ROBOT_TEST_TRIVY"))
        .args(["fs", "--format=json", "--scanners=vuln", "--quiet"])
        .arg(format!("--vex={}", vex.display()))
        .arg(format!("--output={}", report.display()))
        .args(offline())
        .arg(".")
        .current_directory(&world.folder);
    let ended = trivy.run(&Cancellation::default()).unwrap();
    assert!(ended.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let told: Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    let left = told["Results"][0]["Vulnerabilities"].to_string();
    assert!(left.contains("CVE-2021-38561") && !left.contains("CVE-2022-32149"), "{told}");
}
