//! One comment, whatever happens to requests, runs and the comment itself.

use crate::world::{BOT, HEAD, World, ci, result};
use robot_testkit::{Event, FakeGitHub, Fault, Runner};

/// `robot ci` of this job has a step more.
fn more(world: &World) {
    world.result("ci.result.json", &ci("pass", 42, &[("test", "pass"), ("vet", "pass")]));
    world.result("ci/vet.result.json", &result("go-vet", "pass", 42, ""));
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
    world.result("ci.result.json", &ci("fail", 42, &[("test", "fail")]));
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
    more(&world);
    world.github.fail("PATCH", "/1", Fault::Answer(429, later, "slow down"));
    let (_, result) = world.run(&[]);
    assert_eq!(result["outputs"]["posted"], "updated", "{result}");
    assert_eq!(world.bodies().len(), 1);
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
            "rate limit was reached",
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
        other.result("go-test.result.json", &result("go-test", "fail", 43, "TestLater"));
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

#[test]
fn a_comment_that_was_deleted_meanwhile_is_made_anew() {
    let world = World::pull_request();
    world.passing();
    world.run(&[]);
    more(&world);
    world.github.fail("PATCH", "/1", Fault::Deleted);
    let (code, result) = world.run(&[]);
    assert_eq!((code, &result["outputs"]["posted"]), (Some(0), &"created".into()), "{result}");
    let bodies = world.bodies();
    assert_eq!(bodies.len(), 1);
    assert!(bodies[0].contains("2 steps passed"), "{bodies:?}");
}

#[test]
fn the_comment_of_another_account_is_found_again() {
    let world = World::pull_request();
    world.github.account("acme-bot[bot]");
    world.passing();
    let (_, first) = world.run(&[]);
    assert_eq!(first["outputs"]["posted"], "created", "{first}");
    assert!(first["report"].to_string().contains("author: acme-bot[bot]"), "{first}");
    more(&world);
    for flags in [&[][..], &["--author=acme-bot[bot]"]] {
        let (code, later) = world.run(flags);
        assert_eq!(code, Some(0), "{later}");
        assert_eq!(later["outputs"]["comment-id"], first["outputs"]["comment-id"], "{later}");
        let bodies = world.bodies();
        assert_eq!(bodies.len(), 1, "{bodies:#?}");
        assert!(bodies[0].contains("2 steps passed"), "{bodies:?}");
        let is_told = later["report"].to_string().contains("author:");
        assert_eq!(is_told, flags.is_empty(), "{later}");
    }
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
        let asked = ["GET /actions/runs/42/artifacts", "GET /actions/runs/42/attempts/1/jobs"];
        assert_eq!(world.github.requests(), asked);
    }
}
