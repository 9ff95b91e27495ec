//! The binary against GitHub's API: one comment, whatever happens.

#![expect(clippy::unwrap_used, reason = "helpers of tests are not #[test] functions themselves")]

use robot_process::Cancellation;
use robot_testkit::{Event, FakeGitHub, Fault, Runner, write};
use serde_json::{Value, json};
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;

const BOT: &str = "github-actions[bot]";
const HEAD: &str = "3333333333333333333333333333333333333333";

/// A result of `robot ci`'s step, as the tool leaves it.
fn result(tool: &str, verdict: &str, run: u64, finding: &str) -> String {
    let findings = match finding {
        "" => json!([]),
        title => json!([{ "kind": "findings", "title": "Failed", "findings": [{
            "level": "error", "rule": "fail", "title": title, "detail": "want 1, got 2",
            "location": { "path": "robot/robot_test.go", "line": 7 },
        }]}]),
    };
    json!({
        "schema": "robot.report/v1", "tool": tool, "version": "0.1.0",
        "run": { "repository": "acme/robot", "event": "pull_request", "head_sha": HEAD,
                 "pull_request": 7, "run_id": run, "attempt": 1 },
        "verdict": verdict, "exit_code": 0, "outputs": { "passed": 41, "failed": 1 },
        "report": { "headline": format!("{tool} says {verdict}"), "blocks": findings },
        "input_digest": "",
    })
    .to_string()
}

struct World {
    runner: Runner,
    github: FakeGitHub,
}

impl World {
    fn new(event: &Event) -> Self {
        let github = FakeGitHub::start(2);
        github.pull_request(7, "open", HEAD, "acme/robot");
        let runner = Runner::new(event)
            .set("GITHUB_API_URL", github.url())
            .set("GITHUB_TOKEN", "secret-token");
        Self { runner, github }
    }

    fn pull_request() -> Self {
        Self::new(&Event::pull_request(7, HEAD, false))
    }

    fn result(&self, path: &str, text: &str) {
        write(&self.runner.path("temp/robot").join(path), text);
    }

    fn passing(&self) {
        self.result("ci.result.json", &result("ci", "pass", 42, ""));
        self.result("ci/test.result.json", &result("go-test", "pass", 42, ""));
    }

    fn run(&self, flags: &[&str]) -> (Option<i32>, Value) {
        self.run_as(flags, &[])
    }

    fn run_as(&self, flags: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, Value) {
        let step = self.runner.step(env!("CARGO_BIN_EXE_robot-summary"), &self.runner.path(""));
        let step = step.arg("--patience=5").args(flags.iter().copied());
        let step = variables.iter().fold(step, |step, (name, value)| step.env(name, value));
        let ended = step.run(&Cancellation::default()).unwrap();
        (ended.code, self.runner.result("summary"))
    }

    fn bodies(&self) -> Vec<String> {
        self.github.comments().into_iter().map(|comment| comment.body).collect()
    }
}

#[test]
fn one_comment_is_written_and_then_kept_up_to_date() {
    let world = World::pull_request();
    // Others have written before, on more than one page, and one has copied the marker.
    for text in ["hi", "there", "<!-- robot-actions:report key=default run=9 attempt=1 -->"] {
        world.github.comment(7, "someone", text);
    }
    world.passing();
    let (code, first) = world.run(&[]);
    assert_eq!((code, &first["outputs"]["posted"]), (Some(0), &"created".into()), "{first}");
    let (_, same) = world.run(&[]);
    assert_eq!(same["outputs"]["posted"], "unchanged", "{same}");
    world.result("ci/test.result.json", &result("go-test", "fail", 42, "TestAnswer"));
    let (code, second) = world.run(&[]);
    assert_eq!((code, &second["outputs"]["posted"]), (Some(0), &"updated".into()), "{second}");
    assert_eq!(
        (&second["verdict"], &second["outputs"]["result"]),
        (&"warn".into(), &"fail".into())
    );
    let bodies = world.bodies();
    assert_eq!(bodies.len(), 4);
    assert!(
        bodies[3].contains("TestAnswer") && bodies[3].contains("want 1, got 2"),
        "{}",
        bodies[3]
    );
    let link = format!("(https://github.com/acme/robot/blob/{HEAD}/robot/robot%5Ftest.go#L7)");
    assert!(bodies[3].contains(&link), "{}", bodies[3]);
    let (code, _) = world.run(&["--mode=enforce"]);
    assert_eq!(code, Some(10));
    assert!(!world.runner.summary().is_empty());
}

#[test]
fn without_results_nothing_is_green() {
    let world = World::pull_request();
    let (code, result) = world.run(&["--results=temp"]);
    assert_eq!((code, &result["cause"]), (Some(11), &"no-results".into()), "{result}");
    assert!(world.bodies()[0].contains("there is no result"), "{:?}", world.bodies());
    // Neither in the folder nor as an artifact of the run.
    let (code, _) = world.run(&[]);
    assert_eq!(code, Some(11));
    world.result("ci.result.json", "{\"schema\":");
    let (code, result) = world.run(&[]);
    assert_eq!(
        (code, &result["outputs"]["result"]),
        (Some(11), &"inconclusive".into()),
        "{result}"
    );
    assert_eq!(world.bodies().len(), 1);
}

#[test]
fn an_uncertain_answer_never_makes_two() {
    for fault in [Fault::DoneAndBroken, Fault::Reset(true), Fault::Reset(false), Fault::Truncated] {
        let world = World::pull_request();
        world.passing();
        world.github.fail("POST", "/comments", fault.clone());
        let (code, result) = world.run(&[]);
        assert_eq!((code, &result["verdict"]), (Some(0), &"pass".into()), "{fault:?}: {result}");
        assert_eq!(world.bodies().len(), 1, "{fault:?}");
    }
}

#[test]
fn servers_that_recover_are_waited_for() {
    let world = World::pull_request();
    world.passing();
    let later = vec![("retry-after", "0".to_owned())];
    let limited = "You have exceeded a secondary rate limit";
    world.github.fail("GET", "/comments", Fault::Answer(503, vec![], "down"));
    world.github.fail("POST", "/comments", Fault::Answer(403, later.clone(), limited));
    let (code, result) = world.run(&[]);
    assert_eq!((code, &result["outputs"]["posted"]), (Some(0), &"created".into()), "{result}");
    world.result("ci/vet.result.json", &result_of_vet());
    world.github.fail("PATCH", "/1", Fault::Answer(429, later, "slow down"));
    let (_, result) = world.run(&[]);
    assert_eq!(result["outputs"]["posted"], "updated", "{result}");
    assert_eq!(world.bodies().len(), 1);
}

fn result_of_vet() -> String {
    result("go-vet", "pass", 42, "")
}

#[test]
fn what_cannot_be_posted_warns_and_never_fails() {
    let faults = [
        (
            Fault::Answer(403, vec![], "Resource not accessible by integration"),
            "pull-requests: write",
        ),
        // A secondary limit that says nothing of itself but its text: a minute is more than we wait.
        (
            Fault::Answer(403, vec![], "You have exceeded a secondary rate limit."),
            "limits requests",
        ),
        (Fault::Answer(422, vec![], "Validation Failed"), "author"),
    ];
    for (fault, hint) in faults {
        let world = World::pull_request();
        world.passing();
        world.github.fail("POST", "/comments", fault.clone());
        let (code, result) = world.run(&[]);
        assert_eq!((code, &result["verdict"]), (Some(0), &"warn".into()), "{fault:?}: {result}");
        assert_eq!(result["cause"], "not-posted");
        assert!(result["report"].to_string().contains(hint), "{hint}: {result}");
        assert!(world.runner.summary().contains("1 step passed"), "{}", world.runner.summary());
    }
    let fork = World::new(&Event::pull_request(7, HEAD, true));
    fork.passing();
    fork.github.read_only();
    let (code, result) = fork.run(&[]);
    assert_eq!(code, Some(0), "{result}");
    assert!(result["report"].to_string().contains("workflow_run"), "{result}");
    let away = World::pull_request();
    away.passing();
    let (code, result) = away.run_as(&[], &[("GITHUB_API_URL", "http://127.0.0.1:9")]);
    assert_eq!((code, &result["cause"]), (Some(0), &"not-posted".into()), "{result}");
}

#[test]
fn a_comment_that_was_deleted_meanwhile_is_made_anew() {
    let world = World::pull_request();
    world.passing();
    world.run(&[]);
    world.result("ci/vet.result.json", &result_of_vet());
    world.github.fail("PATCH", "/1", Fault::Answer(404, vec![], "Not Found"));
    let (code, result) = world.run(&[]);
    assert_eq!((code, &result["outputs"]["posted"]), (Some(0), &"updated".into()), "{result}");
    assert_eq!(world.bodies().len(), 1);
}

#[test]
fn two_runs_at_once_leave_one_comment_of_the_later() {
    let world = World::pull_request();
    world.passing();
    // Both look before either writes.
    world.github.meet("GET", "/issues/7/comments");
    std::thread::scope(|scope| {
        let other = World {
            runner: Runner::new(&Event::pull_request(7, HEAD, false))
                .set("GITHUB_API_URL", world.github.url())
                .set("GITHUB_TOKEN", "secret-token")
                .set("GITHUB_RUN_ID", "43"),
            github: FakeGitHub::start(9),
        };
        other.result("ci.result.json", &result("ci", "fail", 43, "TestLater"));
        let other = scope.spawn(move || other.run(&[]).0);
        assert_eq!(world.run(&[]).0, Some(0));
        assert_eq!(other.join().unwrap(), Some(0));
    });
    let bodies = world.bodies();
    assert_eq!(bodies.len(), 1, "{bodies:#?}");
    assert!(bodies[0].contains("TestLater"), "{bodies:#?}");
    // The earlier one comes again: it changes nothing.
    let (code, result) = world.run(&[]);
    assert_eq!((code, &result["outputs"]["posted"]), (Some(0), &"newer".into()), "{result}");
    assert!(world.bodies()[0].contains("TestLater"));
}

#[test]
fn what_a_dead_run_left_twice_becomes_one() {
    let world = World::pull_request();
    for run in [40, 41] {
        let text = format!("<!-- robot-actions:report key=default run={run} attempt=1 -->\nold");
        world.github.comment(7, BOT, &text);
    }
    let other = "<!-- robot-actions:report key=other run=1 attempt=1 -->\nanother report";
    world.github.comment(7, BOT, other);
    world.passing();
    let (_, result) = world.run(&[]);
    assert_eq!(result["outputs"]["posted"], "updated", "{result}");
    let bodies = world.bodies();
    assert_eq!(bodies.len(), 2);
    assert!(bodies[0].contains("run=42") && bodies[1] == other, "{bodies:#?}");
}

fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A world in which run 5 of a fork's pull request has ended.
fn after_fork(conclusion: &str, files: &[(&str, &str)]) -> World {
    let world = World::new(&Event::workflow_run(5));
    world.github.pull_request(7, "open", HEAD, "someone/robot");
    world.github.run(5, "pull_request", conclusion, HEAD, "someone/robot");
    world.github.artifact(5, "coverage-html", b"not ours".to_vec());
    world.github.artifact(5, "robot-result-echo", archive(files));
    world
}

#[test]
fn a_forks_run_is_reported_from_its_artifact() {
    let hostile =
        result("go-test", "fail", 5, "@org/team look at <img src=x> https://evil.example.com");
    let files =
        [("ci.result.json", &*result("ci", "fail", 5, "")), ("ci/test.result.json", &*hostile)];
    let world = after_fork("failure", &files);
    let (code, outcome) = world.run(&[]);
    assert_eq!((code, &outcome["outputs"]["posted"]), (Some(0), &"created".into()), "{outcome}");
    let body = &world.bodies()[0];
    assert!(body.contains("echo › test") && body.contains("go-test says fail"), "{body}");
    for effect in ["@org", "<img", "https://evil.example"] {
        assert!(!body.contains(effect), "{effect} in {body}");
    }
}

#[test]
fn what_a_fork_claims_is_checked() {
    let pass = result("ci", "pass", 5, "");
    let other_run = result("ci", "pass", 6, "");
    let other_commit = pass.replace(HEAD, &"4".repeat(40));
    for (what, conclusion, content) in [
        ("of another run", "success", &*other_run),
        ("of another commit", "success", &*other_commit),
        ("the run ended with", "failure", &*pass),
        ("no result", "success", "{}"),
    ] {
        let world = after_fork(conclusion, &[("ci.result.json", content)]);
        let (code, result) = world.run(&[]);
        assert_eq!(code, Some(11), "{what}: {result}");
        let report = result["report"].to_string();
        assert!(report.contains(what), "{what}: {report}");
    }
    // A pull request that is not the run's: its number alone is no proof.
    let world = after_fork(
        "success",
        &[("ci.result.json", &pass.replace("\"pull_request\":7", "\"pull_request\":8"))],
    );
    world.github.pull_request(8, "open", &"5".repeat(40), "victim/robot");
    let (code, result) = world.run(&[]);
    assert_eq!((code, world.bodies().len()), (Some(0), 0), "{result}");
    assert!(result["report"].to_string().contains("not that of the run"), "{result}");
    let world = after_fork("success", &[("ci.result.json", &pass)]);
    world.github.pull_request(7, "closed", HEAD, "someone/robot");
    let (code, result) = world.run(&[]);
    assert_eq!((code, world.bodies().len()), (Some(0), 0), "{result}");
    assert!(result["report"].to_string().contains("is closed"), "{result}");
    let world = after_fork("success", &[("ci.result.json", &pass)]);
    world.github.pull_request(7, "open", &"6".repeat(40), "someone/robot");
    assert!(world.run(&[]).1["report"].to_string().contains("has newer commits"));
    assert_eq!(world.bodies().len(), 0);
}

#[test]
fn an_archive_that_is_none_is_told() {
    let world = World::new(&Event::workflow_run(5));
    world.github.run(5, "pull_request", "success", HEAD, "someone/robot");
    world.github.artifact(5, "robot-result", b"<html>".to_vec());
    let (code, result) = world.run(&[]);
    assert_eq!(code, Some(11), "{result}");
    assert!(result["report"].to_string().contains("no zip archive"), "{result}");
}

#[test]
fn events_without_a_pull_request_have_the_step_summary() {
    for name in ["push", "schedule", "workflow_dispatch", "merge_group"] {
        let world = World::new(&Event::other(name));
        world.passing();
        let (code, result) = world.run(&[]);
        assert_eq!((code, &result["verdict"]), (Some(0), &"pass".into()), "{name}: {result}");
        assert!(result["report"].to_string().contains("has no pull request"), "{name}: {result}");
        assert!(world.runner.summary().contains("1 step passed"), "{}", world.runner.summary());
        assert_eq!(world.github.requests(), [""; 0]);
    }
}

#[test]
fn a_check_has_all_annotations_in_batches() {
    let world = World::pull_request();
    let finding = |number: usize| {
        json!({ "level": "error", "rule": "fail", "title": format!("Test{number}"), "detail": "",
                "location": { "path": "a.go", "line": number + 1 } })
    };
    let mut many: Value = serde_json::from_str(&result("go-test", "fail", 42, "x")).unwrap();
    many["report"]["blocks"][0]["findings"] = (0..50).map(finding).collect();
    let mut more = many.clone();
    more["report"]["blocks"][0]["findings"] = (50..51).map(finding).collect();
    world.result("ci/test.result.json", &many.to_string());
    world.result("ci/vet.result.json", &more.to_string());
    let flags = ["--check-run", "--comment=false"];
    world.github.fail("POST", "/check-runs", Fault::DoneAndBroken);
    let (code, result) = world.run(&flags);
    assert_eq!(code, Some(0), "{result}");
    let checks = world.github.checks();
    assert_eq!(checks.len(), 1);
    assert_eq!(checks[0].annotations.len(), 51);
    assert_eq!((&checks[0].fields["conclusion"], world.bodies().len()), (&"failure".into(), 0));
    // A second attempt updates it.
    world.run(&flags);
    assert_eq!(world.github.checks().len(), 1);
}

#[test]
fn a_long_report_stays_within_githubs_limit() {
    let world = World::pull_request();
    for number in 0..300 {
        let loud = result("go-test", "fail", 42, &format!("Test{number} {}", "é|".repeat(2000)));
        world.result(&format!("shard-{number}/ci/test.result.json"), &loud);
    }
    let (code, result) = world.run(&[]);
    assert_eq!((code, &result["outputs"]["posted"]), (Some(0), &"created".into()), "{result}");
    let body = &world.bodies()[0];
    assert!(body.len() > 40_000 && body.len() <= 65_536, "{}", body.len());
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
