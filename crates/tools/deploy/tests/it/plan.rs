//! Plans: what would be made, what would hang, and a plan that is applied as it was saved.

use crate::world::World;
use serde_json::Value;

fn plan(world: &World) -> Value {
    let text = std::fs::read(world.results().join("plan.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

#[test]
fn the_default_job_has_the_defaults_of_the_settings_and_is_restricted() {
    let world = World::new();
    world.settings("task-id: t");
    world.run("plan").ended(0, "");
    let plan = plan(&world);
    let spec = &plan["workload"]["spec"];
    assert_eq!(spec["backoffLimit"], 1);
    assert_eq!(spec["activeDeadlineSeconds"], 600);
    assert_eq!(spec["ttlSecondsAfterFinished"], 300);
    let rules = &spec["podFailurePolicy"]["rules"];
    assert_eq!(rules[0]["action"], "Ignore");
    assert_eq!(rules[0]["onPodConditions"][0]["type"], "DisruptionTarget");
    assert_eq!(rules[1]["onExitCodes"]["values"], serde_json::json!([126, 127]));
    let pod = &spec["template"]["spec"];
    let container = &pod["containers"][0];
    // https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
    assert_eq!(container["securityContext"]["allowPrivilegeEscalation"], false);
    assert_eq!(container["securityContext"]["capabilities"]["drop"], serde_json::json!(["ALL"]));
    assert_eq!(container["env"], serde_json::json!([{"name": "TASK_ID", "value": "t"}]));
    let name = plan["workload"]["metadata"]["name"].as_str().unwrap();
    assert_eq!(name, format!("echo-{}", &plan["identity"].as_str().unwrap()[..8]));
    assert!(container["image"].as_str().unwrap().contains("@sha256:"));
}

#[test]
fn a_plan_that_would_hang_says_what_is_missing_and_runs_nothing() {
    let world = World::new().set("BOT_TOKEN", "hunter2-and-more");
    let job = "\
apiVersion: batch/v1
kind: Job
metadata: {name: echo}
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: robot
          image: ${image}
          env:
            - name: TOKEN
              valueFrom: {secretKeyRef: {name: bot-token, key: token}}
";
    world.file("job.yaml", job);
    world
        .settings("manifests: [job.yaml]\nsecrets: {bot-token: {environment: {other: BOT_TOKEN}}}");
    for verb in ["plan", "apply"] {
        let done =
            world.run(verb).ended(2, "would-hang").says("this Job would hang: Secret `bot-token-");
        let done = done.says("has no key `token`");
        assert!(!done.all().contains("hunter2"));
    }
    assert!(!world.folder.path().join("state.json").exists());
    world
        .settings("manifests: [job.yaml]\nsecrets: {bot-token: {environment: {token: BOT_TOKEN}}}");
    world.run("apply").ended(0, "");
}

#[test]
fn a_saved_plan_is_applied_as_it_was_saved() {
    let world = World::new();
    world.settings("task-id: t\nsaved-plan: plan.json");
    let planned = world.run("plan").ended(0, "");
    // Later settings change nothing.
    world.settings("task-id: other\nsaved-plan: plan.json");
    let applied = world.run("apply").ended(0, "").says("INFO done task=t");
    assert_eq!(planned.result["outputs"]["plan-digest"], applied.result["outputs"]["plan-digest"]);
    let path = world.folder.path().join("plan.json");
    let text = std::fs::read_to_string(&path).unwrap();
    for changed in [text.replace("\"t\"", "\"u\""), text[..text.len() / 2].to_owned()] {
        std::fs::write(&path, changed.replace("  \"task\"", "   \"task\"")).unwrap();
        world.run("apply").ended(11, "").says("the plan");
    }
}

#[test]
fn a_plan_does_not_hold_values_of_secrets_and_misses_none_that_changed() {
    let world = World::new().set("BOT_TOKEN", "hunter2-and-more");
    let settings = "saved-plan: plan.json\nsecrets: {bot: {environment: {TOKEN: BOT_TOKEN}}}\narguments: [env, TOKEN]";
    world.settings(settings);
    world.run("plan").ended(0, "");
    let text = std::fs::read_to_string(world.folder.path().join("plan.json")).unwrap();
    assert!(!text.contains("hunter2") && text.contains("\"TOKEN\": \"***\""), "{text}");
    let world = world.set("BOT_TOKEN", "another-one");
    world.run("apply").ended(11, "").says("the values of Secrets are not those of the plan");
    let world = world.set("BOT_TOKEN", "hunter2-and-more");
    world.run("apply").ended(0, "").says("TOKEN true ***");
}

#[test]
fn what_cannot_be_deployed_is_refused_with_its_place() {
    let world = World::new();
    let container = |text: &str| {
        format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: a}}\nspec: {{template: {{spec: {{restartPolicy: Never, containers: [{text}]}}}}}}\n"
        )
    };
    for (text, says) in [
        (
            container("{name: a, image: \"${image}\"}, {name: b, image: \"${image}\"}"),
            "2 containers, and nothing says which is the robot: a, b",
        ),
        (container("{name: a}"), "job.yaml:1:1: the container has no `image`"),
        (container("{name: a, image: \"${imagee}\"}"), "job.yaml:4:"),
        (container(""), "the Job has no container"),
        (
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n".to_owned(),
            "job.yaml:2:7: the kind `Pod` is not deployed",
        ),
        (
            format!("{0}---\n{0}", container("{name: a, image: \"${image}\"}")),
            "the Job `a` is there twice",
        ),
        ("apiVersion: batch/v1\nkind: Job\nmetadata:\n\tname: a\n".to_owned(), "job.yaml:4:"),
        (String::new(), "neither a Job nor a Deployment"),
    ] {
        world.file("job.yaml", &text);
        world.settings("manifests: [job.yaml]");
        world.run("plan").ended(2, "").says(says);
    }
    world.file("job.yaml", &container("{name: a, image: \"${image}\"}"));
    world.settings("manifests: [job.yaml]\nparameters: {colour: red}");
    world
        .run("plan")
        .ended(2, "")
        .says("robot.yml:6:")
        .says("no manifest uses the parameter `colour`");
}
