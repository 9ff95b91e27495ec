//! After the run of a fork's pull request: what it left is not believed, and has no effect.

use crate::world::{HEAD, World, archive, ci, result};
use robot_testkit::{Event, Fault, HOSTILE, effects};
use serde_json::{Value, json};

const PASSED: [(&str, &str); 1] = [("test", "pass")];

#[test]
fn a_forks_run_is_reported_from_its_artifact() {
    let (whole, test) =
        (ci("fail", 5, &[("test", "fail")]), result("go-test", "fail", 5, "TestAnswer"));
    let files = [("ci.result.json", &whole), ("ci/test.result.json", &test)];
    let world = World::after_fork("failure", &files);
    let (code, outcome) = world.run(&[]);
    assert_eq!((code, &outcome["outputs"]["posted"]), (Some(0), &"created".into()), "{outcome}");
    let body = &world.bodies()[0];
    assert!(body.contains("echo › test") && body.contains("go-test says fail"), "{body}");
}

/// A result with something in every field, which says `text` wherever a text may stand.
fn saying(text: &str) -> Value {
    let mut one = result("go-test", "fail", 5, text);
    let finding = json!({
        "level": "warning", "rule": text, "title": text, "detail": text,
        "location": { "path": text, "line": 7, "column": 1 },
    });
    one["verb"] = text.into();
    one["tool"] = text.into();
    one["version"] = text.into();
    one["cause"] = text.into();
    one["input_digest"] = text.into();
    one["failure"] =
        json!({ "kind": "external", "message": text, "causes": [text], "hints": [text] });
    one["outputs"] = json!({ text: text, "passed": text });
    one["metrics"] =
        json!([{ "name": text, "unit": text, "value": 1.0, "n": 1, "quality": "measured" }]);
    one["phases"] = json!([{ "name": text, "start": 0.0, "duration": 1.0 }]);
    for key in ["base_ref", "merge_sha", "event", "job"] {
        one["run"][key] = text.into();
    }
    one["report"] = json!({ "headline": text, "blocks": [
        { "kind": "text", "text": text },
        { "kind": "findings", "title": text, "findings": [finding] },
        { "kind": "table", "title": text, "rows": [[text]], "omitted": 0,
          "columns": [{ "heading": text, "align": "left" }] },
        { "kind": "timeline", "title": text,
          "bars": [{ "label": text, "start": 0.0, "end": 1.0, "verdict": "pass" }] },
        { "kind": "chart", "title": text, "unit": text,
          "points": [{ "label": text, "value": 1.0 }] },
    ]});
    one
}

#[test]
fn nothing_that_a_result_says_has_an_effect() {
    let ours =
        ["!--", "b", "/b", "br", "details", "/details", "summary", "/summary", "span", "/span"];
    for text in HOSTILE {
        let test = saying(text);
        let mut whole = saying(text);
        whole["tool"] = "ci".into();
        whole["outputs"] = json!({ "verdicts": { "test": "fail", text: "pass" } });
        let name = format!("{}.result.json", text.replace('/', "_"));
        let files = [("ci.result.json", &whole), ("ci/test.result.json", &test), (&*name, &test)];
        let world = World::after_fork("failure", &files);
        let artifact = format!("robot-result-{text}");
        world.github.artifact(5, &artifact, archive(&[("go-test.result.json", &test)]));
        world.github.artifact(5, &format!("{artifact}-broken"), b"<html>".to_vec());
        let finished = world.finish(&[], &[]);
        assert_eq!(finished.code, Some(0), "{text:?}");
        let said = String::from_utf8(finished.stdout).unwrap();
        let quoted = said.split("::stop-commands::").nth(1).unwrap();
        let (token, quoted) = quoted.split_once('\n').unwrap();
        let (_, outside) = quoted.split_once(&format!("\n::{token}::\n")).unwrap();
        // Of what stands outside of the marks, each line is a command of ours.
        assert!(outside.lines().all(|line| line.starts_with("::warning title=")), "{outside}");
        for page in [&world.bodies()[0], &world.runner.summary()] {
            let found = effects(page);
            let is_ours = |link: &String| link.starts_with("https://github.com/acme/robot/");
            assert!(found.links.iter().all(is_ours), "{text:?}: {:?}", found.links);
            assert_eq!(found.headings.len(), 1, "{text:?}: {:?}", found.headings);
            assert!(
                found.tags.iter().all(|tag| ours.contains(&&**tag)),
                "{text:?}: {:?}",
                found.tags
            );
            assert_eq!(found.references, [""; 0], "{text:?} in {page}");
            assert!(found.others.is_empty(), "{text:?}: {:?}", found.others);
        }
    }
}

#[test]
fn what_a_fork_claims_is_checked() {
    let pass = ci("pass", 5, &PASSED);
    let with = |key: &str, value: Value| {
        let mut other = pass.clone();
        other["run"][key] = value;
        other
    };
    for (what, conclusion, content) in [
        ("belongs to another run", "success", with("run_id", 6.into())),
        ("belongs to another commit", "success", with("head_sha", "4".repeat(40).into())),
        ("belongs to another repository", "success", with("repository", "acme/other".into())),
        ("the run ended with", "failure", pass.clone()),
        ("not a valid result", "success", json!({})),
    ] {
        let world = World::after_fork(conclusion, &[("ci.result.json", &content)]);
        let (code, result) = world.run(&["--mode=enforce"]);
        assert_eq!(code, Some(11), "{what}: {result}");
        let report = result["report"].to_string();
        assert!(report.contains(what), "{what}: {report}");
        assert!(world.bodies()[0].contains("❔"), "{what}: {:?}", world.bodies());
    }
}

#[test]
fn the_pull_request_is_what_github_says_not_the_artifact() {
    // The result names one of somebody else.
    let mut hint = ci("pass", 5, &PASSED);
    hint["run"]["pull_request"] = 8.into();
    let world = World::after_fork("success", &[("ci.result.json", &hint)]);
    world.github.pull_request(8, "open", HEAD, "victim/robot");
    let (_, result) = world.run(&[]);
    assert_eq!(result["outputs"]["posted"], "created", "{result}");
    assert_eq!(world.github.comments()[0].pull_request, 7);

    let pass = ci("pass", 5, &PASSED);
    for (state, head, why) in [
        ("closed", HEAD.to_owned(), "the run belongs to no open pull request"),
        ("open", "6".repeat(40), "has newer commits"),
    ] {
        let world = World::after_fork("success", &[("ci.result.json", &pass)]);
        world.github.pull_request(7, state, &head, "someone/robot");
        let (code, result) = world.run(&[]);
        assert_eq!((code, world.bodies().len()), (Some(0), 0), "{result}");
        assert!(result["report"].to_string().contains(why), "{result}");
    }
}

#[test]
fn a_run_that_left_nothing_takes_the_green_comment_away() {
    let pass = ci("pass", 4, &PASSED);
    let world = World::new(&Event::workflow_run(4));
    world.github.pull_request(7, "open", HEAD, "someone/robot");
    world.github.run(4, "pull_request", "success", HEAD, "someone/robot");
    world.github.artifact(4, "robot-result", archive(&[("ci.result.json", &pass)]));
    world.run(&[]);
    assert!(world.bodies()[0].contains("1 step passed"), "{:?}", world.bodies());
    world.github.run(5, "pull_request", "failure", HEAD, "someone/robot");
    let later = World { runner: robot_testkit::Runner::new(&Event::workflow_run(5)), ..world };
    let variables = [("GITHUB_API_URL", later.github.url()), ("GITHUB_TOKEN", "t")];
    let (code, result) = later.run_as(&[], &variables);
    assert_eq!((code, &result["outputs"]["posted"]), (Some(0), &"updated".into()), "{result}");
    let bodies = later.bodies();
    assert!(bodies.len() == 1 && bodies[0].contains("no results were found"), "{bodies:?}");
}

#[test]
fn an_archive_that_is_none_is_told() {
    let world = World::after_fork("success", &[]);
    world.github.artifact(5, "robot-result", b"<html>".to_vec());
    let (code, result) = world.run(&["--mode=enforce"]);
    assert_eq!(code, Some(11), "{result}");
    assert!(result["report"].to_string().contains("not a zip archive"), "{result}");
}

#[test]
fn the_attempt_of_the_event_counts_and_one_that_has_not_ended_is_not_green() {
    let pass = ci("pass", 5, &PASSED);
    let files = [("ci.result.json", &pass)];
    let world = World::after_fork("failure", &files);
    world.github.attempt(5, 2, Some("success"));
    let (verdict, _, report) = world.judged(&[]);
    assert_eq!(verdict, "inconclusive", "{report}");
    assert!(report.contains("the run ended with `failure`"), "{report}");
    let world = World::after_fork("success", &files);
    world.github.attempt(5, 1, None);
    let (verdict, _, report) = world.judged(&[]);
    assert_eq!(verdict, "inconclusive", "{report}");
    assert!(report.contains("has not ended"), "{report}");
}

#[test]
fn a_run_that_cannot_be_looked_up_is_told_and_fails_nothing() {
    for status in [403, 404] {
        let pass = ci("pass", 5, &PASSED);
        let world = World::after_fork("success", &[("ci.result.json", &pass)]);
        world.github.fail("GET", "/attempts/1", Fault::Answer(status, vec![], "no"));
        let (code, result) = world.run(&[]);
        assert_eq!((code, &result["verdict"]), (Some(0), &"warn".into()), "{result}");
        assert_eq!(result["outputs"]["result"], "inconclusive");
        assert!(result["report"].to_string().contains("cannot be looked up"), "{result}");
        assert!(world.runner.summary().contains("cannot be looked up"));
        // The event itself is GitHub's word too.
        let event = json!({ "workflow_run": {
            "id": 5, "run_attempt": 1, "event": "pull_request", "conclusion": "success",
            "head_sha": HEAD, "head_branch": "change",
            "head_repository": { "full_name": "someone/robot" },
        }});
        robot_testkit::write(&world.runner.path("event.json"), &event.to_string());
        world.github.fail("GET", "/attempts/1", Fault::Answer(status, vec![], "no"));
        let (_, result) = world.run(&[]);
        assert_eq!(result["outputs"]["result"], "pass", "{result}");
        assert!(world.bodies()[0].contains("1 step passed"));
    }
}

#[test]
fn of_two_artifacts_of_one_name_the_newest_counts() {
    let old = ci("fail", 5, &[("test", "fail")]);
    let mut new = ci("pass", 5, &PASSED);
    new["run"]["attempt"] = 2.into();
    let world = World::after_fork("success", &[("ci.result.json", &old)]);
    world.github.artifact(5, "robot-result-echo", archive(&[("ci.result.json", &new)]));
    let (verdict, _, report) = world.judged(&[]);
    assert_eq!(verdict, "pass", "{report}");
    // Within one part as well, should a shard have been named anew.
    let world =
        World::after_fork("success", &[("ci.result.json", &new), ("ci/vet.result.json", &old)]);
    let (verdict, _, report) = world.judged(&[]);
    assert_eq!(verdict, "pass", "{report}");
}

#[test]
fn two_artifacts_of_one_meaning_do_not_hide_each_other() {
    let (pass, fail) = (ci("pass", 5, &PASSED), ci("fail", 5, &[("test", "fail")]));
    for (one, other) in [(&pass, &fail), (&fail, &pass)] {
        let world = World::after_fork("success", &[("ci.result.json", one)]);
        world.github.artifact(5, "robot-result--echo", archive(&[("ci.result.json", other)]));
        let (code, result) = world.run(&["--mode=enforce"]);
        assert!(code == Some(10) || code == Some(11), "{result}");
        assert!(
            result["report"].to_string().contains("another result has the same name"),
            "{result}"
        );
    }
}
