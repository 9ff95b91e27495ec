//! Deployments that are interrupted or killed.

use crate::world::World;
use robot_process::{Cancellation, Stream};
use robot_testkit::wait_until;

#[test]
fn a_cancelled_deployment_stops_the_robot_and_keeps_its_log() {
    let world = World::new();
    let token = world.token();
    world.settings(&format!("task-id: t\narguments: [hang, {token}]"));
    let cancellation = Cancellation::default();
    let finished = world
        .command("apply")
        .stream(&cancellation, &mut |stream, line| {
            if stream == Stream::Out && line == b"hanging" {
                cancellation.cancel();
            }
        })
        .unwrap();
    assert!(finished.cancelled);
    let state = world.state();
    assert!(state.get("lock").is_none(), "{state}");
    assert_eq!(state["tasks"][0]["verdict"], "inconclusive");
    assert!(!world.has_robot());
}

#[test]
fn after_kill_9_the_next_deployment_says_what_was_left_and_runs() {
    let world = World::new();
    let token = world.token();
    world.settings(&format!("task-id: t\narguments: [hang, {token}]"));
    let log = world.folder.path().join("step.log");
    let mut killed = world.command("apply").spawn_to(&log).unwrap();
    let said = || std::fs::read_to_string(&log).unwrap_or_default();
    wait_until("the robot runs", || said().contains("hanging"));
    assert!(world.has_robot());
    killed.stop(std::time::Duration::ZERO);
    wait_until("the robot has ended with its deployment", || !world.has_robot());
    let mut state = world.state();
    assert!(state["lock"]["holder"].is_string(), "{state}");
    // Another run comes after the lock has expired.
    state["lock"]["expires"] = "2020-01-01T00:00:00Z".into();
    state["lock"]["holder"] = "run 41 attempt 1".into();
    state["tasks"][0]["holder"] = "run 41 attempt 1".into();
    world.file("state.json", &state.to_string());
    world.settings(&format!("task-id: t\nactive-deadline-seconds: 1\narguments: [hang, {token}]"));
    let done = world.run("apply").ended(10, "deadline");
    let done = done.says("run 41 attempt 1 held the environment and did not end");
    assert_eq!(done.result["outputs"]["attempt"], 1, "the deadline is another content");
    let left = std::fs::read_dir(world.results()).unwrap().flatten();
    let left = left.filter(|it| it.file_name().to_string_lossy().starts_with("root-"));
    assert_eq!(left.count(), 0);
}

#[test]
fn a_task_whose_deployment_was_killed_gets_the_next_number() {
    let world = World::new();
    world.settings("task-id: t");
    world.run("apply").ended(0, "");
    let mut state = world.state();
    state["tasks"][0].as_object_mut().unwrap().remove("verdict");
    world.file("state.json", &state.to_string());
    let done = world.run("apply").ended(0, "").says("attempt 1 of this task by");
    assert_eq!(done.result["outputs"]["attempt"], 2);
}
