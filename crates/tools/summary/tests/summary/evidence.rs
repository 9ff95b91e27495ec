//! What is missing or contradicts itself is never green; it fails who only reports where there is no
//! result at all.

use crate::world::{World, archive, ci, result};
use robot_testkit::{Event, Fault};
use serde_json::{Value, json};

#[test]
fn without_results_nothing_is_green() {
    let world = World::pull_request();
    // Neither in the folder nor as an artifact of the run, nor where they should be.
    for flags in [&["--results=temp"][..], &[], &["--results=nowhere"]] {
        let (code, result) = world.run(flags);
        assert_eq!((code, &result["cause"]), (Some(11), &"no-results".into()), "{result}");
        assert_eq!(
            (&result["verdict"], &result["outputs"]["result"]),
            (&"inconclusive".into(), &"inconclusive".into())
        );
        let (code, _) = world.run(&[flags, &["--mode=enforce"]].concat());
        assert_eq!(code, Some(11));
        assert!(world.bodies()[0].contains("no results were found"), "{:?}", world.bodies());
    }
    world.result("ci.result.json", &json!({ "schema": 1 }));
    let (verdict, step, report) = world.judged(&[]);
    assert_eq!((&*verdict, &*step), ("inconclusive", "warn"), "{report}");
    assert_eq!(world.bodies().len(), 1);
}

#[test]
fn a_whole_and_its_steps_must_agree() {
    let test = |verdict: &str| result("go-test", verdict, 42, "");
    let passed = [("test", "pass")];
    let cases = [
        ("robot ci` did not finish", None, test("pass")),
        ("but `robot ci` lists pass", Some(ci("pass", 42, &passed)), test("fail")),
        ("does not list the step", Some(ci("pass", 42, &[("vet", "pass")])), test("pass")),
        ("lists no steps", Some(ci("pass", 42, &[])), test("skipped")),
        ("but lists a step with fail", Some(ci("pass", 42, &[("test", "fail")])), test("fail")),
    ];
    for (why, whole, test) in cases {
        let world = World::pull_request();
        if let Some(whole) = whole {
            world.result("ci.result.json", &whole);
        }
        world.result("ci/test.result.json", &test);
        let (code, result) = world.run(&["--mode=enforce"]);
        assert_ne!(code, Some(0), "{why}: {result}");
        assert!(result["report"].to_string().contains(why), "{why}: {result}");
    }
}

#[test]
fn a_green_result_that_broke_off_is_not_green() {
    let broke_off = json!({ "kind": "internal", "message": "a defect" });
    for (why, key, value) in [
        ("but its exit code is 130", "exit_code", Value::from(130)),
        ("but it contains a failure", "failure", broke_off),
    ] {
        let world = World::pull_request();
        let mut one = result("go-test", "pass", 42, "");
        one[key] = value;
        world.result("go-test.result.json", &one);
        let (verdict, _, report) = world.judged(&[]);
        assert_eq!(verdict, "inconclusive", "{report}");
        assert!(report.contains(why), "{report}");
    }
}

#[test]
fn a_job_without_a_result_is_named() {
    let bad = ["failure", "cancelled", "timed_out"];
    let good = ["success", "skipped", "neutral"];
    for ended in bad.into_iter().chain(good) {
        for is_fork in [false, true] {
            let run = if is_fork { 5 } else { 42 };
            let passed = ci("pass", run, &[("test", "pass")]);
            let world = match is_fork {
                true => World::after_fork("success", &[("ci.result.json", &passed)]),
                false => World::pull_request(),
            };
            if !is_fork {
                world.passing();
                // The one that reports.
                world.github.job(run, 1, "report", None);
            }
            world.github.job(run, 1, "lint", Some("success"));
            world.github.job(run, 1, "test (1.26)", Some(ended));
            let (verdict, step, report) = world.judged(&[]);
            let expected =
                if bad.contains(&ended) { ("inconclusive", "warn") } else { ("pass", "pass") };
            assert_eq!((&*verdict, &*step), expected, "{ended}: {report}");
            let is_named = report.contains(&format!("job `test (1.26)` ended with `{ended}`"));
            assert_eq!(is_named, bad.contains(&ended), "{ended}: {report}");
            assert_eq!(world.bodies()[0].contains("❔"), bad.contains(&ended));
        }
    }
}

#[test]
fn what_may_not_be_read_is_told_and_fails_nothing() {
    let world = World::pull_request();
    world.passing();
    world.github.fail("GET", "/jobs", Fault::Answer(403, vec![], "Resource not accessible"));
    world.github.fail("GET", "/artifacts", Fault::Answer(403, vec![], "Resource not accessible"));
    let (code, result) = world.run(&["--mode=enforce"]);
    assert_eq!((code, &result["outputs"]["result"]), (Some(0), &"warn".into()), "{result}");
    let body = &world.bodies()[0];
    assert!(body.contains("the results of other jobs could not be checked"), "{body}");
    assert!(body.contains("the artifacts cannot be listed") && body.contains("actions: read"));
    // The same as annotations, and nothing else.
    let said = world.finish(&[], &[("HTTP_PROXY", ""), ("http_proxy", "ftp://x")]).stdout;
    let said = String::from_utf8(said).unwrap();
    assert!(said.contains("::warning title=results were not checked against GitHub"), "{said}");
}

#[test]
fn a_wrong_proxy_fails_no_push() {
    let world = World::new(&Event::push());
    world.passing();
    let (code, result) = world.run_as(&[], &[("http_proxy", "ftp://x")]);
    assert_eq!((code, &result["verdict"]), (Some(0), &"warn".into()), "{result}");
    assert!(result["report"].to_string().contains("http_proxy"), "{result}");
}

#[test]
fn results_of_this_job_and_of_others_are_read_together() {
    let world = World::pull_request();
    let own = result("cache-key", "pass", 42, "");
    world.result("cache-key-compute.result.json", &own);
    let (whole, test) =
        (ci("fail", 42, &[("test", "fail")]), result("go-test", "fail", 42, "TestAnswer"));
    let files = [("ci.result.json", &whole), ("ci/test.result.json", &test)];
    world.github.artifact(42, "robot-result", archive(&files));
    let (verdict, _, report) = world.judged(&[]);
    assert_eq!(verdict, "fail", "{report}");
    assert!(report.contains("TestAnswer") && report.contains("1 of 2 did not pass"), "{report}");
    // What this job left and uploaded is one result.
    let world = World::pull_request();
    world.passing();
    let (whole, test) = (ci("pass", 42, &[("test", "pass")]), result("go-test", "pass", 42, ""));
    let files = [("ci.result.json", &whole), ("ci/test.result.json", &test)];
    world.github.artifact(42, "robot-result", archive(&files));
    let (verdict, _, report) = world.judged(&[]);
    assert_eq!(verdict, "pass", "{report}");
    assert!(report.contains("1 step passed"), "{report}");
}

#[test]
fn an_earlier_attempt_of_this_job_is_not_reported_beside_it() {
    let world = World::pull_request();
    let of_job = |mut one: Value, attempt: u64| {
        one["run"]["attempt"] = attempt.into();
        one["run"]["job"] = "ci".into();
        one
    };
    let failed = of_job(result("go-test", "fail", 42, "TestOld"), 1);
    world.github.artifact(42, "robot-result", archive(&[("go-test.result.json", &failed)]));
    world.result("go-test.result.json", &of_job(result("go-test", "pass", 42, ""), 2));
    let (_, result) = world.run_as(&[], &[("GITHUB_RUN_ATTEMPT", "2")]);
    assert_eq!(result["outputs"]["result"], "pass", "{result}");
    // That of another job stays.
    let mut other = failed;
    other["run"]["job"] = "shard".into();
    world.github.artifact(42, "robot-result-shard", archive(&[("go-test.result.json", &other)]));
    let (_, result) = world.run_as(&[], &[("GITHUB_RUN_ATTEMPT", "2")]);
    assert_eq!(result["outputs"]["result"], "fail", "{result}");
}
