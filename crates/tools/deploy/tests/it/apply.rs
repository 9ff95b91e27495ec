//! The target `local`: what a user relies on.

use crate::world::{World, layout};

#[test]
fn a_robot_runs_from_its_image_and_says_so() {
    let world = World::new();
    world.settings("task-id: t-1");
    let done = world.run("apply").ended(0, "");
    let outputs = &done.result["outputs"];
    assert_eq!((&outputs["attempt"], &outputs["pods"]), (&1.into(), &1.into()));
    // Readable in the log, as it is in the file.
    let done = done.says("INFO done task=t-1");
    let log = outputs_file(&done.result["outputs"]["logs"][0]);
    assert!(log.contains(r#""msg":"done","task":"t-1""#), "{log}");
    let metrics = outputs_file(&done.result["outputs"]["metrics"]);
    assert!(metrics.contains("robot_deploy_outcome") && metrics.ends_with("# EOF\n"), "{metrics}");
    let journal = outputs_file(&done.result["outputs"]["journal"]);
    let last: serde_json::Value = serde_json::from_str(journal.lines().last().unwrap()).unwrap();
    for key in ["level", "event", "trace_id", "retry_attempt", "upstream_latency_ms", "error_code"]
    {
        assert!(last.get(key).is_some(), "{key}: {last}");
    }
    let state = world.state();
    assert_eq!(
        state["history"][0]["revision"]["digest"],
        state["tasks"][0]["workload"]["revision"]["digest"]
    );
    assert!(state.get("lock").is_none(), "{state}");
}

#[track_caller]
fn outputs_file(path: &serde_json::Value) -> String {
    std::fs::read_to_string(path.as_str().unwrap()).unwrap()
}

#[test]
fn the_same_task_runs_once_and_the_next_one_runs() {
    let world = World::new();
    world.settings("task-id: t-1");
    world.run("apply").ended(0, "");
    let again = world.run("apply").ended(0, "already-done").says("was done before");
    assert!(!String::from_utf8_lossy(&again.finished.stdout).contains("INFO done"));
    world.settings("task-id: t-2");
    world.run("apply").ended(0, "").says("INFO done task=t-2");
    world.settings("task-id: t-1\nrerun: always");
    let forced = world.run("apply").ended(0, "").says("INFO done task=t-1");
    assert_eq!(forced.result["outputs"]["attempt"], 2);
}

#[test]
fn a_failed_task_gets_the_next_number_and_its_end_is_named() {
    let world = World::new();
    world.settings("task-id: t\nbackoff-limit: 0\narguments: [exit, \"3\"]");
    let done = world.run("apply").ended(10, "application");
    assert_eq!(done.result["outputs"]["exit-code"], 3);
    assert_eq!(done.result["outputs"]["reason"], "BackoffLimitExceeded");
    done.says("about to fail with 3").says("container robot ended with exit code 3");
    assert_eq!(world.run("apply").ended(10, "application").result["outputs"]["attempt"], 2);
}

#[test]
fn backoff_limit_and_lasting_exit_codes_decide_how_often_it_is_tried() {
    let world = World::new();
    world.settings("backoff-limit: 1\narguments: [exit, \"3\"]");
    let done = world.run("apply").ended(10, "application");
    assert_eq!(done.result["outputs"]["pods"], 2);
    assert_eq!(done.result["outputs"]["logs"].as_array().unwrap().len(), 2);
    world.settings("backoff-limit: 3\nlasting-exit-codes: [42]\narguments: [exit, \"42\"]");
    let done = world.run("apply").ended(10, "application");
    assert_eq!(done.result["outputs"]["pods"], 1);
    assert_eq!(done.result["outputs"]["reason"], "PodFailurePolicy");
}

#[test]
fn a_robot_that_hangs_meets_its_deadline_and_is_gone() {
    let world = World::new();
    let token = world.token();
    world.settings(&format!("active-deadline-seconds: 1\narguments: [hang, {token}]"));
    let done = world.run("apply").ended(10, "deadline").says("hanging");
    assert_eq!(done.result["outputs"]["reason"], "DeadlineExceeded");
    assert!(!world.has_robot());
}

#[test]
fn a_robot_that_eats_memory_is_killed_for_it() {
    let world = World::new();
    world.settings("memory: 64Mi\nbackoff-limit: 0\narguments: [eat]");
    let done = world.run("apply").ended(10, "resources").says("more memory than its limit");
    assert_eq!(done.result["outputs"]["exit-code"], 137);
}

#[test]
fn a_program_that_is_not_in_the_image_ends_at_once() {
    let world = World::new();
    world.settings("backoff-limit: 6\ncommand: [/bin/sh]");
    let done = world.run("apply").ended(2, "config").says("exec: \\\"/bin/sh\\\": no such file");
    assert_eq!(done.result["outputs"]["pods"], 1);
}

#[test]
fn the_robot_sees_its_image_and_its_configuration_alone() {
    let world = World::new().set("BOT_TOKEN", "hunter2-and-more").set("OF_JOB", "1");
    world.file("facts.yaml", "answer: 42");
    let configuration = "\
config:
  settings: {literals: {COLOUR: red}}
  facts: {files: {facts.yaml: facts.yaml}, mount: /etc/robot}
secrets:
  bot: {environment: {TOKEN: BOT_TOKEN}}
  file: {environment: {token: BOT_TOKEN}, mount: /run/secrets/bot}
";
    world.settings(&format!(
        "{configuration}arguments: [env, COLOUR, TOKEN, OF_IMAGE, OF_JOB, GITHUB_ACTIONS]"
    ));
    let done = world.run("apply").ended(0, "");
    let done = done.says("COLOUR true red").says("TOKEN true ***").says("OF_IMAGE true 1");
    let done = done.says("OF_JOB false").says("GITHUB_ACTIONS false");
    assert!(!done.all().contains("hunter2"), "{}", done.all());
    world.settings(&format!("{configuration}task-id: cat\narguments: [cat, /etc/robot/facts.yaml, /run/secrets/bot/token, /etc/passwd]"));
    let done = world.run("apply").ended(0, "");
    let done = done.says("/etc/robot/facts.yaml answer: 42 <nil>");
    let done = done.says("/run/secrets/bot/token *** <nil>");
    done.says("/etc/passwd  open /etc/passwd: no such file or directory");
    world.settings("task-id: where\narguments: [where]");
    world.run("apply").ended(0, "").says("in / root dev,etc,proc,robot,tmp");
    assert!(no_file_has(&world.results(), "hunter2"));
    assert!(!world.state().to_string().contains("hunter2"));
}

fn no_file_has(folder: &std::path::Path, text: &str) -> bool {
    std::fs::read_dir(folder).unwrap().flatten().all(|entry| {
        let bytes = std::fs::read(entry.path()).unwrap_or_default();
        !String::from_utf8_lossy(&bytes).contains(text)
    })
}

#[test]
fn no_line_of_a_robot_that_writes_fast_is_lost() {
    let world = World::new();
    world.settings("arguments: [flood]");
    let done = world.run("apply").ended(0, "");
    let log = outputs_file(&done.result["outputs"]["logs"][0]);
    assert_eq!(log.lines().count(), 20_000);
    assert_eq!(log.lines().last(), Some("line 19999"));
}

#[test]
fn after_failures_the_breaker_refuses_until_it_cools_down() {
    let world = World::new();
    let failing = "breaker-threshold: 2\nbackoff-limit: 0\narguments: [exit, \"3\"]";
    world.settings(failing);
    world.run("apply").ended(10, "application");
    world.run("apply").ended(10, "application");
    assert_eq!(world.state()["breaker"]["state"], "open");
    world.run("apply").ended(11, "breaker-open").says("the circuit breaker of local is open");
    // One tries when it has cooled down, and a success closes it.
    let mut state = world.state();
    state["breaker"]["retry_at"] = "2020-01-01T00:00:00Z".into();
    world.file("state.json", &state.to_string());
    world.settings("breaker-threshold: 2");
    world.run("apply").ended(0, "");
    assert_eq!(world.state()["breaker"]["state"], "closed");
}

#[test]
fn one_deployment_at_a_time_and_a_dead_holder_loses_its_lock() {
    let world = World::new();
    world.settings("task-id: t");
    let state = |expires: &str| {
        format!(
            r#"{{"schema":"robot.environment/v1","application":"echo","environment":"local","lock":{{"holder":"run 7 attempt 1","expires":"{expires}"}}}}"#
        )
    };
    world.file("state.json", &state("2999-01-01T00:00:00Z"));
    world.run("apply").ended(11, "locked").says("run 7 attempt 1 works on local");
    world.file("state.json", &state("2020-01-01T00:00:00Z"));
    world.run("apply").ended(0, "").says("run 7 attempt 1 held the environment and did not end");
}

#[test]
fn a_state_that_was_edited_or_is_of_a_newer_version_is_not_used() {
    let world = World::new();
    world.settings("");
    for (text, says) in [
        ("{\"schema\":\"robot.environment/v2\"}", "schema `robot.environment/v2`"),
        ("{\"schema\":", "not sound"),
    ] {
        world.file("state.json", text);
        world.run("apply").ended(11, "").says(says).says("hint");
        let kept = std::fs::read_to_string(world.folder.path().join("state.json")).unwrap();
        assert_eq!(kept, text);
    }
}

#[test]
fn an_image_of_another_architecture_or_another_digest_does_not_run() {
    let world = World::new();
    let other = if cfg!(target_arch = "aarch64") { "amd64" } else { "arm64" };
    layout(&world.folder.path().join("other"), other);
    world.settings("");
    let text = std::fs::read_to_string(world.folder.path().join("robot.yml")).unwrap();
    world.file("robot.yml", &text.replace("layout: image", "layout: other"));
    world
        .run("apply")
        .ended(2, "")
        .says(&format!("there is no image for linux/{}", crate::world::architecture()));
    world.file("robot.yml", &text);
    let blobs = world.folder.path().join("image/blobs/sha256");
    let layer = std::fs::read_dir(blobs).unwrap().flatten().map(|entry| entry.path());
    let layer = layer.max_by_key(|path| path.metadata().unwrap().len()).unwrap();
    let mut bytes = std::fs::read(&layer).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&layer, bytes).unwrap();
    world.run("apply").ended(11, "").says("its content is not that of its digest");
    assert!(world.state().get("lock").is_none(), "{}", world.state());
}

#[test]
fn the_audit_trail_is_a_chain() {
    let world = World::new();
    world.settings("task-id: a");
    world.run("apply").ended(0, "");
    world.settings("task-id: b\nbackoff-limit: 0\narguments: [exit, \"3\"]");
    world.run("apply").ended(10, "application");
    let trail = std::fs::read_to_string(world.folder.path().join("state.audit.jsonl")).unwrap();
    let lines: Vec<&str> = trail.lines().collect();
    assert_eq!(lines.len(), 2);
    let hash = |line: &str| {
        use sha2::Digest as _;
        data_encoding::HEXLOWER.encode(&sha2::Sha256::digest(line))
    };
    let second: serde_json::Value = serde_json::from_str(lines[1]).unwrap();
    assert_eq!(second["schema"], "robot.event/v1");
    assert_eq!(second["prev_hash"], hash(lines[0]));
    assert_eq!(second["cause"], "application");
    assert_eq!(second["from_revision"], second["to_revision"]);
    assert_eq!(world.state()["audit_head"], hash(lines[1]));
}
