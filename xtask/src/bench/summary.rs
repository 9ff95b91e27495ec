//! Many results in one report.

use super::measure;
use super::page::{Section, megabytes};
use crate::command;
use anyhow::Result;
use serde_json::{Value, json};
use std::path::Path;

const RESULTS: usize = 500;

pub(crate) fn run(rounds: usize, folder: &Path, robot: &Path) -> Result<Section> {
    let mut section = Section::new(
        "Summary",
        "`summary` of 500 results, as from a matrix with shards; every tenth result has ten failed tests. From \
        start to exit: reading, comment, page. No other tool does this.",
        &["results", ">bytes read", ">milliseconds", ">memory", ">goal"],
    );
    let work = folder.join("summary");
    let results = work.join("results");
    let mut bytes = 0;
    for number in 0..RESULTS {
        let text = result(number).to_string();
        bytes += text.len();
        let shard = results.join(format!("shard-{number}"));
        fs_err::create_dir_all(&shard)?;
        fs_err::write(shard.join("go-test.result.json"), text)?;
    }
    let mut costs = Vec::new();
    for _ in 0..rounds.max(9) {
        let mut tool = command(&robot.to_string_lossy());
        tool.arg("summary").arg("--results").arg(&results).env("RUNNER_TEMP", work.join("temp"));
        costs.push(measure::run(tool.current_dir(&work), &work.join("log"), &[0])?);
    }
    let cost = measure::median(costs);
    section.row([
        RESULTS.to_string(),
        megabytes(bytes as u64),
        format!("{:.0}", cost.wall.as_secs_f64() * 1e3),
        megabytes(cost.memory),
        "≤ 100".to_owned(),
    ]);
    Ok(section)
}

/// As go-test leaves it: findings of what failed, a table of layers, one of slow tests.
fn result(number: usize) -> Value {
    let is_failed = number.is_multiple_of(10);
    let findings: Vec<Value> = (0..if is_failed { 10 } else { 0 })
        .map(|test| {
            json!({
                "level": "error", "rule": "fail", "title": format!("unit: TestNumber{test} fail"),
                "detail": "robot_test.go:12: want 1, got 2\n".repeat(20),
                "location": { "path": "internal/robot/robot_test.go", "line": 12 },
            })
        })
        .collect();
    let column = |heading: &str| json!({ "heading": heading, "align": "left" });
    let rows: Vec<Value> = (0..10).map(|row| json!([format!("Test{row}"), "pkg", "0.1"])).collect();
    json!({
        "schema": "robot.report/v1", "tool": "go-test", "version": "0.1.0",
        "run": { "repository": "acme/robot", "run_id": 1, "attempt": 1 },
        "verdict": if is_failed { "fail" } else { "pass" },
        "exit_code": if is_failed { 10 } else { 0 },
        "outputs": { "passed": 100, "failed": findings.len() },
        "report": { "headline": "100 tests passed", "blocks": [
            { "kind": "findings", "title": "Failed", "findings": findings },
            { "kind": "table", "title": "Slowest tests",
              "columns": [column("test"), column("package"), column("seconds")], "rows": rows },
        ]},
        "input_digest": "",
    })
}
