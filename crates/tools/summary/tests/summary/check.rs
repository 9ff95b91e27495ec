//! A check has each annotation once.

use crate::world::{World, result};
use robot_testkit::Fault;
use serde_json::{Value, json};

/// A job with `count` findings in two results.
fn world(count: usize) -> World {
    let world = World::pull_request();
    let finding = |number: usize| {
        json!({ "level": "error", "rule": "fail", "title": format!("Test{number}"), "detail": "",
                "location": { "path": "a.go", "line": number + 1 } })
    };
    let with = |findings: Vec<Value>| {
        let mut one = result("go-test", "fail", 42, "x");
        one["report"]["blocks"][0]["findings"] = findings.into();
        one
    };
    world.result("one.result.json", &with((0..count - 1).map(finding).collect()));
    world.result("two.result.json", &with(vec![finding(count - 1)]));
    world
}

const FLAGS: [&str; 2] = ["--check-run", "--comment=false"];

#[test]
fn all_annotations_come_in_batches_and_once() {
    let world = world(51);
    world.github.fail("POST", "/check-runs", Fault::DoneAndBroken);
    let (code, result) = world.run(&FLAGS);
    assert_eq!(code, Some(0), "{result}");
    let sent = || {
        let checks = world.github.checks();
        checks.iter().map(|check| check.annotations.len()).collect::<Vec<_>>()
    };
    assert_eq!((sent(), world.bodies().len()), (vec![51], 0));
    assert_eq!(world.github.checks()[0].fields["conclusion"], "failure");
    // The step runs again in the same attempt.
    world.run(&FLAGS);
    assert_eq!(sent(), [51]);
    // A second attempt has a check of its own: GitHub shows the newest.
    world.run_as(&FLAGS, &[("GITHUB_RUN_ATTEMPT", "2")]);
    assert_eq!(sent(), [51, 51]);
    let titles = |check: usize| -> Vec<String> {
        let annotations = &world.github.checks()[check].annotations;
        annotations.iter().map(|one| one["title"].to_string()).collect()
    };
    let mut unique = titles(0);
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), 51);
}

#[test]
fn a_batch_whose_answer_is_lost_is_not_sent_twice() {
    for fault in [Fault::DoneAndBroken, Fault::Reset(true), Fault::Reset(false), Fault::Truncated] {
        let world = world(120);
        world.github.fail("PATCH", "/check-runs/1", fault.clone());
        let (code, result) = world.run(&FLAGS);
        assert_eq!((code, &result["outputs"]["check-run-id"]), (Some(0), &1.into()), "{result}");
        assert_eq!(world.github.checks()[0].annotations.len(), 120, "{fault:?}");
    }
}

#[test]
fn what_is_not_annotated_is_said() {
    let world = world(503);
    world.run(&FLAGS);
    let check = &world.github.checks()[0];
    assert_eq!(check.annotations.len(), 500);
    let summary = check.fields["output"]["summary"].as_str().unwrap();
    assert!(summary.contains("3 more findings have no annotation"), "{summary}");
}
