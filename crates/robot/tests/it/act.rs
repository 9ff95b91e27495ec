//! The generated wrappers in real workflows of somebody else's repository, run by act in host mode.

use robot_testkit::{Act, FakeGitHub};
use std::io::{Cursor, Write as _};
use std::path::Path;
use zip::write::SimpleFileOptions;

/// A repository with one test, which fails when a variable says so.
fn repository() -> Act {
    let shared = Path::new(env!("CARGO_TARGET_TMPDIR"));
    Act::new(shared, |module| module.file("leaf/leaf.go", LEAF).file("leaf/leaf_test.go", TEST))
}

const TEST: &str = "package leaf

import (
	\"os\"
	\"testing\"
)

func TestLeaf(t *testing.T) {
	if Leaf() != 1 || os.Getenv(\"LEAF\") == \"broken\" {
		t.Fatal(\"broken\")
	}
}
";

const LEAF: &str = "package leaf\n\nfunc Leaf() int { return 1 }\n";

#[test]
fn the_root_action_saves_restores_reuses_and_fails_with_its_reason() {
    let mut act = repository();
    let steps = "- id: robot
  uses: org/robot-actions@v1
- if: always()
  env: {VERDICT: '${{ steps.robot.outputs.verdict }}', CAUSE: '${{ steps.robot.outputs.cause }}', STEP: '${{ steps.robot.outputs.deciding-step }}'}
  run: echo \"later saw <$VERDICT> <$CAUSE> <$STEP>\"
";
    act.fresh_runner();
    let first = act.push(steps);
    assert!(first.success, "{}", first.log);
    assert!(first.log.contains("saved: robot-build-v1-"), "{}", first.log);
    assert!(first.log.contains("saved: robot-history::"), "{}", first.log);
    assert!(first.log.contains("later saw <pass> <> <>"), "{}", first.log);

    act.write("README.md", "docs");
    act.fresh_runner();
    let docs = act.push(steps);
    assert!(docs.success, "{}", docs.log);
    assert!(docs.log.contains("restored: robot-build-v1-"), "{}", docs.log);
    let history = docs.log.find("restored: robot-history::").unwrap();
    assert!(history < docs.log.find("restored: robot-build-v1-").unwrap(), "{}", docs.log);
    // The verdicts of the first job were there; of all that they rest on, only act's folder is another.
    assert!(docs.log.contains("variable GITHUB_WORKSPACE changed"), "{}", docs.log);
    assert_eq!(docs.output("robot-keys", "has-work"), "true", "{}", docs.log);
    // act checks out into another folder each time, which Go's objects hash; GitHub does not. So
    // the standard library is reused here, the robot's own packages in cache.rs.
    assert!(docs.log.contains("cached entries match this job exactly"), "{}", docs.log);
    assert!(!docs.log.contains("saved: robot-build-v1-"), "{}", docs.log);

    act.write("leaf/leaf_test.go", &TEST.replace("!= 1", "== 1"));
    let failed = act.push(steps);
    assert!(!failed.success, "{}", failed.log);
    assert!(failed.log.contains("later saw <fail> <step> <test>"), "{}", failed.log);
    assert!(failed.log.contains("leaf/leaf_test.go:10"), "{}", failed.log);
}

#[test]
fn cache_key_serves_its_three_verbs_from_one_action() {
    let act = repository();
    let run = act.push(
        "- id: compute
  uses: org/robot-actions/cache-key@v1
  with: {verb: compute, race: false, tags: 'one,two'}
- id: prepare
  uses: org/robot-actions/cache-key@v1
  with: {verb: prepare, checkout-times: always}
- run: go build ./...
- id: prune
  uses: org/robot-actions/cache-key@v1
  with: {verb: prune}
- env:
    KEY: ${{ steps.compute.outputs.build-key }}
    TIMED: ${{ steps.prepare.outputs.timed-files }}
    SAVE: ${{ steps.prune.outputs.save-build }}
  run: echo \"later saw <${KEY%%-v1-*}> <$TIMED> <$SAVE>\"
",
    );
    assert!(run.success, "{}", run.log);
    let later = run.log.lines().find_map(|line| line.strip_prefix("later saw ")).unwrap();
    let words: Vec<&str> = later.split(' ').collect();
    assert_eq!(words[0], "<robot-build>", "{later}");
    // go.mod, leaf.go, leaf_test.go, ci.yml and the folders that they are in.
    let timed: u32 = words[1].trim_matches(['<', '>']).parse().unwrap();
    assert!(timed >= 4, "{later}");
    assert!(["<true>", "<false>"].contains(&words[2]), "{later}");
    assert_eq!(run.output("compute", "verdict"), "pass", "{:?}", run.outputs);
    assert_ne!(run.output("compute", "module-path"), "", "{:?}", run.outputs);
    let prefix = run.output("compute", "build-restore-keys").lines().next().unwrap();
    assert!(run.output("compute", "build-key").starts_with(prefix), "{:?}", run.outputs);
}

#[test]
fn go_test_gives_its_results_to_later_steps_and_fails_with_the_place() {
    let act = repository();
    let run = act.push(
        "- id: unset
  uses: org/robot-actions/go-test@v1
  with: {layers: 'unit: {race: false}'}
- id: failing
  continue-on-error: true
  uses: org/robot-actions/go-test@v1
  with: {layers: 'unit: {race: false, env: {LEAF: broken}}', reruns: 0}
- id: reported
  uses: org/robot-actions/go-test@v1
  with: {layers: 'unit: {race: false, env: {LEAF: broken}}', reruns: 0, mode: report}
- env:
    PASSED: ${{ steps.unset.outputs.passed }}
    PROFILE: ${{ steps.unset.outputs.coverprofile }}
    OUTCOME: ${{ steps.failing.outcome }}
    FAILED: ${{ steps.failing.outputs.failed }}
    CAUSE: ${{ steps.failing.outputs.cause }}
    REPORTED: ${{ steps.reported.outcome }} ${{ steps.reported.outputs.failed }}
  run: |
    head -n 1 \"$PROFILE\"
    echo \"later saw <$PASSED> <$OUTCOME> <$FAILED> <$CAUSE> <$REPORTED>\"
",
    );
    assert!(run.success, "{}", run.log);
    assert!(run.log.contains("mode: atomic"), "{}", run.log);
    let later = "later saw <1> <failure> <1> <fail> <success 1>";
    assert!(run.log.contains(later), "{}", run.log);
    assert!(run.log.contains("leaf/leaf_test.go:10"), "{}", run.log);
}

#[test]
fn wrong_inputs_end_with_code_2_and_name_their_place() {
    let act = repository();
    let step = |id: &str, tool: &str, with: &str| {
        format!(
            "- id: {id}\n  continue-on-error: true\n  uses: org/robot-actions/{tool}@v1\n  with: {with}\n"
        )
    };
    let steps = step("number", "go-test", "{reruns: many}")
        + &step("structure", "go-test", "{layers: 'unit: {rase: true}'}")
        + &step("verb", "cache-key", "{verb: compile}")
        + &step("none", "cache-key", "{race: 'true'}")
        + "- env: {SEEN: '${{ steps.number.outcome }} ${{ steps.structure.outcome }} ${{ steps.verb.outcome }} ${{ steps.none.outcome }}'}
  run: echo \"later saw $SEEN\"
";
    let run = act.push(&steps);
    assert!(run.success, "{}", run.log);
    assert!(run.log.contains("later saw failure failure failure failure"), "{}", run.log);
    assert_eq!(run.log.matches("exit status 2").count(), 4, "{}", run.log);
    for told in ["input `reruns`", "input `layers`:1:8", "did you mean `race`", "compile"] {
        assert!(run.log.contains(told), "no {told} in {}", run.log);
    }
}

#[test]
fn workflows_copied_from_the_docs_run() {
    let act = repository();
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples");
    // These need more than a repository: a run to report, a scanner, a program, something signed.
    let elsewhere = ["summary", "security-gate", "go-image", "cosign-verify"];
    for tool in robot::tools() {
        let example = docs.join(tool.name).with_extension("yml");
        let workflow = std::fs::read_to_string(example).unwrap();
        let said = workflow.lines().find_map(|line| line.strip_prefix("# The log says: "));
        let Some(said) = said else {
            assert!(elsewhere.contains(&tool.name), "the example of {} says nothing", tool.name);
            continue;
        };
        let run = act.push_workflow(&workflow);
        assert!(run.success && run.log.contains(said), "{}: {}", tool.name, run.log);
    }
}

#[test]
fn an_image_is_built_and_verified_as_the_docs_show() {
    let shared = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let main = "package main\n\nfunc main() {}\n";
    let act = Act::new(shared, |module| module.file("cmd/robot/main.go", main));
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples/go-image.yml");
    let run = act.push_workflow(&std::fs::read_to_string(docs).unwrap());
    assert!(run.success && run.log.contains("built sha256:"), "{}", run.log);
    assert!(run.log.contains("built again elsewhere, the image is sha256:"), "{}", run.log);
}

/// As after a fork's pull request: nothing is checked out, and the artifact is all there is.
#[test]
fn a_forks_run_is_reported_by_the_workflow_of_the_default_branch() {
    let github = FakeGitHub::start(30);
    let sha = "3".repeat(40);
    github.pull_request(7, "open", &sha, "someone/robot");
    github.run(5, "pull_request", "success", &sha, "someone/robot");
    let result = format!(
        r#"{{"schema": "robot.report/v1", "tool": "ci", "version": "0.1.0", "verdict": "pass",
            "run": {{"repository": "acme/robot", "head_sha": "{sha}", "run_id": 5, "pull_request": 7}}, "exit_code": 0,
            "outputs": {{"verdicts": {{"prepare": "pass", "build": "pass", "vet": "pass", "test": "pass", "prune": "pass", "coverage": "skipped"}}}}, "report": {{"headline": "6 steps in 2.1 s"}}, "input_digest": ""}}"#
    );
    let archive = || {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        archive.start_file("ci.result.json", SimpleFileOptions::default()).unwrap();
        archive.write_all(result.as_bytes()).unwrap();
        archive.finish().unwrap().into_inner()
    };
    github.artifact(5, "robot-result", archive());
    let act = repository();
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples/summary.yml");
    let workflow = std::fs::read_to_string(docs).unwrap();
    let payload = r#"{"action": "completed", "workflow_run": {"id": 5}}"#;
    let variables = [
        ("GITHUB_API_URL", github.url()),
        ("GITHUB_TOKEN", "secret-token"),
        ("GITHUB_REPOSITORY", "acme/robot"),
    ];
    let report = || act.start(&workflow, "workflow_run", payload, &variables);
    let run = report();
    assert!(run.success, "{}", run.log);
    let comments = github.comments();
    assert_eq!(comments.len(), 1, "{}", run.log);
    assert!(
        comments[0].body.contains("## ✅ robot: 5 steps passed, 1 skipped (3333333)"),
        "{comments:?}"
    );
    // The job's token may read only: that is told, and the run is green all the same.
    github.read_only();
    github.artifact(5, "robot-result-two", archive());
    let run = report();
    assert!(run.success && run.log.contains("pull-requests: write"), "{}", run.log);
    assert_eq!(github.comments(), comments);
}
