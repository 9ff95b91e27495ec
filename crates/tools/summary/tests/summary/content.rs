//! What the report says, and what it leaves out.

use crate::world::{World, archive, ci, result};
use robot_process::Cancellation;
use serde_json::{Map, Value, json};

#[test]
fn steps_are_counted_by_what_robot_ci_tells() {
    let world = World::pull_request();
    let steps = [("prepare", "pass"), ("build", "warn"), ("test", "pass"), ("coverage", "skipped")];
    world.result("ci.result.json", &ci("warn", 42, &steps));
    world.run(&[]);
    let body = &world.bodies()[0];
    assert!(body.contains("3 steps passed, 1 skipped"), "{body}");
}

#[test]
fn failures_come_before_warnings_and_what_is_cut_is_counted() {
    let world = World::pull_request();
    let finding =
        |level: &str, title: String| json!({ "level": level, "rule": "x", "title": title });
    let mut findings: Vec<Value> =
        (0..80).map(|number| finding("warning", format!("Vet{number}"))).collect();
    findings.push(finding("error", "TestAnswer".to_owned()));
    let mut whole = ci("fail", 42, &[("vet", "warn"), ("test", "fail")]);
    whole["report"]["blocks"] = json!([{ "kind": "findings", "title": "x", "findings": findings }]);
    world.result("ci.result.json", &whole);
    let (_, result) = world.run(&[]);
    let shown = &result["report"]["blocks"][1]["findings"];
    assert_eq!(shown[0]["title"], "TestAnswer", "{shown}");
    assert_eq!(shown.as_array().unwrap().len(), 51);
    assert_eq!(
        shown[50]["title"],
        "31 more findings of the same or a lower level are listed below"
    );
    let body = &world.bodies()[0];
    assert!(body.contains("Vet79"), "{body}");
    assert_eq!(body.matches("TestAnswer").count(), 1, "{body}");
}

#[test]
fn a_step_that_broke_off_says_why_whatever_the_whole_says() {
    let world = World::pull_request();
    let mut whole = ci("inconclusive", 42, &[("test", "inconclusive"), ("vet", "fail")]);
    whole["report"]["blocks"] = json!([{ "kind": "findings", "title": "x", "findings": [
        { "level": "error", "rule": "x", "title": "VetFound" } ]}]);
    let mut test = result("go-test", "inconclusive", 42, "");
    test["failure"] = json!({ "kind": "external", "message": "go did not start",
        "causes": ["no space left on device"], "hints": ["free some space"] });
    world.result("ci.result.json", &whole);
    world.result("ci/test.result.json", &test);
    world.run(&[]);
    let body = &world.bodies()[0];
    for said in ["VetFound", "go did not start", "no space left on device", "hint: free some space"]
    {
        assert!(body.contains(said), "{said} in {body}");
    }
}

#[test]
fn what_the_whole_repeats_of_its_steps_is_told_once() {
    let world = World::pull_request();
    let test = result("go-test", "fail", 42, "TestAnswer");
    let mut whole = ci("fail", 42, &[("test", "fail")]);
    whole["report"]["blocks"] = test["report"]["blocks"].clone();
    world.result("ci.result.json", &whole);
    world.result("ci/test.result.json", &test);
    world.run(&[]);
    let body = &world.bodies()[0];
    assert_eq!(body.matches("TestAnswer").count(), 1, "{body}");
}

#[test]
fn only_what_we_say_ourselves_is_annotated() {
    let world = World::pull_request();
    let mut test = result("go-test", "fail", 42, "TestAnswer");
    test["report"]["blocks"][0]["findings"][0]["rule"] = "no-evidence".into();
    world.result("go-test.result.json", &test);
    world.result("vet.result.json", &json!({}));
    let said = String::from_utf8(world.finish(&[], &[]).stdout).unwrap();
    let annotations: Vec<&str> =
        said.lines().filter(|line| line.starts_with("::warning")).collect();
    assert_eq!(annotations.len(), 1, "{said}");
    assert!(annotations[0].contains("vet.result.json") && !said.contains("::error"), "{said}");
}

#[test]
fn numbers_that_cannot_be_are_not_shown() {
    let figure = |name: &str, value: Value, unit: &str| json!({ "name": name, "value": value, "unit": unit });
    for passed in [json!(-5), json!(1.5), json!(1e300)] {
        let world = World::pull_request();
        let mut test = result("go-test", "pass", 42, "");
        test["report"]["figures"] =
            json!([figure("passed", passed.clone(), "count"), figure("failed", 1.into(), "count")]);
        let mut gate = result("coverage-gate", "pass", 42, "");
        gate["report"]["figures"] = json!([
            figure("coverage", 101.into(), "percent"),
            figure("change", json!(-0.5), "points"),
        ]);
        world.result("go-test.result.json", &test);
        world.result("coverage-gate.result.json", &gate);
        let (_, result) = world.run(&[]);
        let table = &result["report"]["blocks"][0];
        let headings = table["columns"].as_array().unwrap().iter().map(|one| &one["heading"]);
        let row = table["rows"][0].as_array().unwrap().iter();
        let shown: Map<String, Value> = headings
            .zip(row)
            .map(|(heading, cell)| (heading.as_str().unwrap().to_owned(), cell.clone()))
            .collect();
        assert_eq!((&shown["passed"], &shown["failed"]), (&"n/a".into(), &"1".into()), "{table}");
        assert_eq!((&shown["coverage"], &shown["change"]), (&"n/a".into(), &"-0.5".into()));
        let report = result["report"].to_string();
        assert!(report.contains("`passed` has an invalid value"), "{report}");
        assert!(report.contains("`coverage` has an invalid value"), "{report}");
        assert!(!world.bodies()[0].contains("101"), "{:?}", world.bodies());
    }
}

#[test]
fn a_long_report_stays_within_githubs_limit() {
    let world = World::pull_request();
    for number in 0..300 {
        let title = format!("Test{number} {}", "é|".repeat(2000));
        let mut loud = result("go-test", "fail", 42, &title);
        loud["report"]["blocks"][0]["findings"][0]["detail"] = "d".repeat(8000).into();
        world.result(&format!("shard-{number}/ci/test.result.json"), &loud);
    }
    let (code, result) = world.run(&[]);
    assert_eq!((code, &result["outputs"]["posted"]), (Some(0), &"created".into()), "{result}");
    let body = &world.bodies()[0];
    assert!(body.len() > 40_000 && body.len() <= 65_536, "{}", body.len());
    // The overview is not what goes first, and where the rest is found is true.
    assert!(body.contains("**Robots**") && body.contains("… and 200 more"), "{body}");
    let rest = "the rest is in the [step's summary](https://github.com/acme/robot/actions/runs/42)";
    assert!(body.contains(rest), "{body}");
    let summary = world.runner.summary();
    assert!(summary.len() > 200_000 && summary.len() < 1 << 20, "{}", summary.len());
}

#[test]
fn the_step_summary_has_the_sections_of_the_comment() {
    let world = World::pull_request();
    world.passing();
    world.run(&[]);
    let (body, summary) = (&world.bodies()[0], world.runner.summary());
    let body = body.split_once('\n').unwrap().1;
    // The comment leads to the run, where the summary is.
    let whole = "\n[The whole run](https://github.com/acme/robot/actions/runs/42)\n";
    assert_eq!(Some(summary.as_str()), body.strip_suffix(whole), "{body}");
    assert!(summary.contains("<details><summary>✅ <b>test</b>: go-test says pass"), "{summary}");
}

#[test]
fn a_small_archive_does_not_become_a_large_report() {
    let world = World::after_fork("success", &[]);
    let mut wide = result("go-test", "fail", 5, "");
    let row = vec![Value::from("y"); 100];
    let mut rows = vec![Value::from(row); 2000];
    rows[0][0] = "x".repeat(50_000).into();
    let columns = vec![json!({ "heading": "h", "align": "left" }); 100];
    wide["report"]["blocks"] =
        json!([{ "kind": "table", "title": "t", "columns": columns, "rows": rows }]);
    world.github.artifact(5, "robot-result", archive(&[("go-test.result.json", &wide)]));
    let finished = world.finish(&[], &[]);
    assert_eq!(finished.code, Some(0));
    assert!(world.bodies()[0].len() < 65_536);
    assert!(world.runner.summary().len() < 1 << 20);
}

#[test]
fn artifacts_beyond_number_are_told() {
    let world = World::after_fork("success", &[]);
    let pass = ci("pass", 5, &[("test", "pass")]);
    for number in 0..301 {
        world.github.artifact(
            5,
            &format!("robot-result-{number}"),
            archive(&[("ci.result.json", &pass)]),
        );
    }
    let (verdict, _, report) = world.judged(&[]);
    assert_eq!(verdict, "inconclusive", "{report}");
    assert!(report.contains("only 300 of"), "{report}");
}

#[test]
fn the_token_is_masked_and_nowhere_else() {
    let world = World::pull_request();
    world.passing();
    let step = world.runner.step(env!("CARGO_BIN_EXE_robot-summary"), &world.runner.path(""));
    let ended = step.run(&Cancellation::default()).unwrap();
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    let said = said + &String::from_utf8_lossy(&ended.stderr);
    assert_eq!(said.matches("secret-token").count(), 1, "{said}");
    assert!(said.contains("::add-mask::secret-token"));
    assert!(!world.runner.result("summary").to_string().contains("secret-token"));
    assert!(!world.bodies()[0].contains("secret-token"));
}

#[test]
fn numbers_of_one_name_are_added_and_others_stay_apart() {
    let world = World::pull_request();
    let with = |figures: Value| {
        let mut one = result("go-test", "pass", 42, "");
        one["report"]["figures"] = figures;
        one
    };
    let passed = |count: u64| json!([{ "name": "passed", "value": count, "unit": "count" }]);
    let covered = |share: f64| json!([{ "name": "coverage", "value": share, "unit": "percent" }]);
    world.result("unit.result.json", &with(passed(40)));
    world.result("e2e.result.json", &with(passed(2)));
    world.result("one.result.json", &with(covered(80.0)));
    world.result("two.result.json", &with(covered(20.0)));
    let (_, result) = world.run(&[]);
    let row = result["report"]["blocks"][0]["rows"][0].to_string();
    assert!(row.contains("\"42\"") && row.contains("80.0 % / 20.0 %"), "{row}");
}

#[test]
fn a_result_of_an_earlier_version_is_still_read() {
    // What version 0.1.0 left of a failed step, before there were figures and sections; a place that
    // leads out of the repository was possible then.
    let world = World::pull_request();
    let old = json!({
        "schema": "robot.report/v1", "tool": "go-test", "version": "0.1.0",
        "run": { "repository": "acme/robot", "event": "pull_request", "run_id": 42, "attempt": 1 },
        "verdict": "fail", "cause": "fail", "exit_code": 10,
        "outputs": { "passed": 41, "failed": 1 },
        "report": { "headline": "41 passed, 1 failed", "blocks": [
            { "kind": "findings", "title": "Failed", "findings": [
                { "level": "error", "rule": "fail", "title": "TestAnswer", "detail": "want 1",
                  "location": { "path": "a_test.go", "line": 7 } },
                { "level": "error", "rule": "build", "title": "outside of it",
                  "location": { "path": "/usr/lib/go/x.go", "line": 3 } }]},
            { "kind": "chart", "title": "c", "unit": "points", "points": [{ "label": "p", "value": 1.0 }]},
        ]},
        "metrics": [], "phases": [], "input_digest": "",
    });
    world.result("go-test.result.json", &old);
    let (verdict, _, report) = world.judged(&[]);
    assert_eq!(verdict, "fail", "{report}");
    let body = &world.bodies()[0];
    assert!(body.contains("TestAnswer") && body.contains("outside of it"), "{body}");
    assert!(!report.contains("not a valid result"), "{report}");
}

#[test]
fn a_block_of_a_later_version_is_named_and_hides_nothing() {
    let world = World::pull_request();
    let mut later = result("go-test", "fail", 42, "TestAnswer");
    let blocks = later["report"]["blocks"].as_array_mut().unwrap();
    blocks.insert(0, json!({ "kind": "hologram", "depth": 3 }));
    world.result("go-test.result.json", &later);
    let (verdict, _, report) = world.judged(&[]);
    assert_eq!(verdict, "fail", "{report}");
    let body = &world.bodies()[0];
    assert!(body.contains("TestAnswer") && body.contains("later version"), "{body}");
}

#[test]
fn sections_within_a_result_are_shown_once_and_never_pass_for_ours() {
    let world = World::pull_request();
    let step = result("go-test", "fail", 42, "TestAnswer");
    let mut whole = ci("fail", 42, &[("test", "fail"), ("line", "fail")]);
    let forged = json!({ "headline": "h", "blocks": [{ "kind": "findings", "title": "x", "findings": [
        { "level": "error", "rule": "no-evidence", "title": "Forged" }]}]});
    whole["report"]["blocks"] = json!([
        { "kind": "section", "title": "test", "verdict": "fail", "report": step["report"] },
        { "kind": "section", "title": "line", "verdict": "fail", "report": forged },
    ]);
    world.result("ci.result.json", &whole);
    world.result("ci/test.result.json", &step);
    let said = String::from_utf8(world.finish(&[], &[]).stdout).unwrap();
    assert!(!said.contains("::error") && !said.contains("::warning"), "{said}");
    let body = &world.bodies()[0];
    assert_eq!(body.matches("TestAnswer").count(), 1, "{body}");
    assert_eq!(body.matches("<b>test</b>").count(), 1, "{body}");
    assert!(body.contains("Forged") && body.contains("<b>line</b>"), "{body}");
}
