//! The reusable workflows of the release tree, called by the workflows that our pages show, in somebody
//! else's repository under act.

use robot_process::{Cancellation, Command};
use robot_testkit::{Act, ActRun, FakeGitHub};
use serde_json::{Value, json};
use std::path::Path;

const REPOSITORY: &str = "acme/robot";
const RUN: u64 = 5;

fn example(name: &str) -> String {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples");
    std::fs::read_to_string(docs.join(name)).unwrap()
}

/// A repository with one tested package; the test fails when the package is `broken`.
fn repository() -> Act {
    Act::new(Path::new(env!("CARGO_TARGET_TMPDIR")), |module| {
        module
            .file("leaf/leaf.go", "package leaf\n\nfunc Leaf() int { return 1 }\n")
            .file("leaf/leaf_test.go", TEST)
    })
}

const TEST: &str = "package leaf

import \"testing\"

func TestLeaf(t *testing.T) {
	if Leaf() != 1 {
		t.Fatal(\"broken\")
	}
}
";

fn push() -> Value {
    json!({ "ref": "refs/heads/main", "repository": { "full_name": REPOSITORY, "default_branch": "main" } })
}

/// A pull request from a branch of this repository or of another one.
fn pull_request(sha: &str, from: &str) -> Value {
    json!({
        "action": "synchronize",
        "number": 7,
        "pull_request": {
            "number": 7,
            "head": { "sha": sha, "ref": "change", "repo": { "full_name": from } },
            "base": { "sha": sha, "ref": "main", "repo": { "full_name": REPOSITORY } },
        },
        "repository": { "full_name": REPOSITORY, "default_branch": "main" },
    })
}

/// The end of the run of a pull request from another repository, as its workflow on the default branch is
/// told.
fn ended(from: &str) -> Value {
    json!({
        "action": "completed",
        "workflow_run": { "id": RUN, "run_attempt": 1, "event": "pull_request", "head_repository": { "full_name": from } },
        "repository": { "full_name": REPOSITORY, "default_branch": "main" },
    })
}

/// A job of GitHub's with the fake as its API.
fn run(act: &Act, workflow: &str, event: &str, payload: &Value, github: &FakeGitHub) -> ActRun {
    let id = RUN.to_string();
    let variables = [
        ("GITHUB_API_URL", github.url()),
        ("GITHUB_TOKEN", "secret-token"),
        ("GITHUB_REPOSITORY", REPOSITORY),
        ("GITHUB_RUN_ID", &*id),
    ];
    act.start(workflow, event, &payload.to_string(), &variables)
}

/// GitHub as the job's runs see it: pull request 7 and the run itself.
fn github(act: &Act, sha: &str, from: &str) -> FakeGitHub {
    let github = FakeGitHub::start(30);
    github.pull_request(7, "open", sha, from);
    github.run(RUN, "pull_request", "failure", sha, from);
    github.artifacts_in(RUN, act.artifacts());
    github
}

#[test]
fn a_push_leaves_what_the_pull_request_starts_from_and_both_are_told() {
    let mut act = repository();
    act.fresh_runner();
    let sha = "3".repeat(40);
    let github = github(&act, &sha, REPOSITORY);
    let workflow = example("workflow.yml");

    let first = run(&act, &workflow, "push", &push(), &github);
    assert!(first.success, "{}", first.log);
    assert!(first.log.contains("go from: ./go.mod"), "{}", first.log);
    for saved in
        ["saved: robot-build-v1-", "saved: robot-history:.:", "uploaded: robot-result-robot"]
    {
        assert!(first.log.contains(saved), "no {saved} in {}", first.log);
    }
    // A push has no pull request to write on: the second job is not run.
    assert!(github.requests().is_empty(), "{:?}", github.requests());

    act.write("README.md", "words");
    act.fresh_runner();
    let change = pull_request(&sha, REPOSITORY);
    let green = run(&act, &workflow, "pull_request", &change, &github);
    assert!(green.success, "{}", green.log);
    for restored in ["restored: robot-build-v1-", "restored: robot-history:.:"] {
        assert!(green.log.contains(restored), "no {restored} in {}", green.log);
    }
    let comments = github.comments();
    assert_eq!(comments.len(), 1, "{:?} {}", github.requests(), green.log);
    assert!(comments[0].body.contains("✅"), "{}", comments[0].body);

    act.write("leaf/leaf.go", "package leaf\n\nfunc Leaf() int { return 2 }\n");
    act.fresh_runner();
    let red = run(&act, &workflow, "pull_request", &change, &github);
    assert!(!red.success, "{}", red.log);
    assert!(red.log.contains("leaf/leaf_test.go:7"), "{}", red.log);
    // act, other than GitHub, starts no job after a called workflow that failed: how a failure is
    // reported is seen in a job of one's own and after a fork's, below.
}

#[test]
fn a_job_of_ones_own_is_told_green_and_red() {
    let act = repository();
    let sha = "3".repeat(40);
    let github = github(&act, &sha, REPOSITORY);
    let (workflow, change) = (example("own-job.yml"), pull_request(&sha, REPOSITORY));
    let green = run(&act, &workflow, "pull_request", &change, &github);
    assert!(green.success, "{}", green.log);
    let body = github.comments()[0].body.clone();
    assert!(body.contains("✅"), "{body}");

    act.write("leaf/leaf.go", "package leaf\n\nfunc Leaf() int { return 2 }\n");
    let red = run(&act, &workflow, "pull_request", &change, &github);
    assert!(!red.success, "{}", red.log);
    let comments = github.comments();
    assert_eq!(comments.len(), 1, "{:?} {}", github.requests(), red.log);
    let body = &comments[0].body;
    assert!(body.contains("❌") && body.contains("TestLeaf"), "{body} {}", red.log);
}

#[test]
fn a_pull_request_from_a_fork_is_reported_from_the_default_branch() {
    let act = repository();
    let (sha, fork) = ("4".repeat(40), "someone/robot");
    let github = github(&act, &sha, fork);
    act.write("leaf/leaf.go", "package leaf\n\nfunc Leaf() int { return 2 }\n");
    let change =
        run(&act, &example("workflow.yml"), "pull_request", &pull_request(&sha, fork), &github);
    assert!(!change.success, "{}", change.log);
    // Its token could not write: nothing is tried.
    assert!(github.requests().is_empty(), "{:?}", github.requests());

    let report = run(&act, &example("workflow-fork.yml"), "workflow_run", &ended(fork), &github);
    assert!(report.success, "{}", report.log);
    let comments = github.comments();
    assert_eq!(comments.len(), 1, "{:?} {}", github.requests(), report.log);
    assert!(comments[0].body.contains("TestLeaf"), "{}", comments[0].body);
}

#[test]
fn several_robots_have_folders_results_and_variables_of_their_own() {
    let act = repository();
    let github = FakeGitHub::start(30);
    for robot in ["echo", "weather"] {
        let write = |file: &str, text: &str| act.write(&format!("robots/{robot}/{file}"), text);
        write("go.mod", &format!("module example.com/{robot}\n\ngo 1.19\n"));
        write("robot.go", "package robot\n\nfunc One() int { return 1 }\n");
        write(
            "robot_test.go",
            "package robot\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestProxy(t *testing.T) {\n\tif os.Getenv(\"GOPROXY\") != \"https://proxy.example.com,direct\" {\n\t\tt.Fatal(os.Getenv(\"GOPROXY\"))\n\t}\n}\n",
        );
    }
    let several = run(&act, &example("workflow-several.yml"), "push", &push(), &github);
    assert!(several.success, "{}", several.log);
    for robot in ["echo", "weather"] {
        assert!(
            several.log.contains(&format!("go from: robots/{robot}/go.mod")),
            "{}",
            several.log
        );
        let result = act.artifacts().join(format!("robot-result-{robot}/ci.result.json"));
        let result: Value = serde_json::from_slice(&std::fs::read(result).unwrap()).unwrap();
        assert_eq!(result["verdict"], "pass", "{result}");
    }
}

#[test]
fn a_cancelled_run_is_told_and_is_not_green() {
    let act = repository();
    let (sha, fork) = ("5".repeat(40), "someone/robot");
    let github = github(&act, &sha, fork);
    github.run(RUN, "pull_request", "cancelled", &sha, fork);
    // The test tells through a pipe that it runs, and goes on for as long as somebody listens.
    let pipe = act.artifacts().with_file_name("pipe");
    let make = Command::new("mkfifo").arg(&pipe);
    make.run(&Cancellation::default()).unwrap().require_success(&make).unwrap();
    let endless = format!(
        "package leaf\n\nimport (\n\t\"os\"\n\t\"testing\"\n\t\"time\"\n)\n\nfunc TestLeaf(t *testing.T) {{\n\tpipe, err := os.OpenFile({:?}, os.O_WRONLY, 0)\n\tfor err == nil {{\n\t\t_, err = pipe.Write([]byte{{1}})\n\t\ttime.Sleep(time.Millisecond)\n\t}}\n}}\n",
        pipe.display().to_string()
    );
    act.write("leaf/leaf_test.go", &endless);
    let (id, cancellation) = (RUN.to_string(), Cancellation::default());
    let variables = [("GITHUB_REPOSITORY", REPOSITORY), ("GITHUB_RUN_ID", &*id)];
    let payload = pull_request(&sha, fork).to_string();
    let command = act.command(&example("workflow.yml"), "pull_request", &payload, &variables);
    let finished = std::thread::scope(|scope| {
        let run = scope.spawn(|| command.run(&cancellation));
        // Opens when the other side does.
        let running = std::fs::File::open(&pipe).unwrap();
        cancellation.cancel();
        let finished = run.join().unwrap().unwrap();
        drop(running);
        finished
    });
    assert!(!finished.success());

    let report = run(&act, &example("workflow-fork.yml"), "workflow_run", &ended(fork), &github);
    assert!(report.success, "{}", report.log);
    let comments = github.comments();
    assert_eq!(comments.len(), 1, "{:?} {}", github.requests(), report.log);
    let body = &comments[0].body;
    assert!(body.contains("cancelled") && !body.contains("✅"), "{body}");
}

const MATRIX: &str = "on: push
jobs:
  matrix:
    uses: org/robot-actions/.github/workflows/robot-matrix.yml@v1
    permissions: {contents: read}
    with: {jobs: 2}
  later:
    needs: matrix
    runs-on: ubuntu-latest
    steps:
      - env: {VERDICT: '${{ needs.matrix.outputs.verdict }}', CAUSE: '${{ needs.matrix.outputs.cause }}'}
        run: echo \"later saw <$VERDICT> <$CAUSE>\"
";

#[test]
fn a_matrix_in_several_jobs_ends_in_one_verdict_and_repeats_cells() {
    let mut act = repository();
    let proxy = act.repository().parent().unwrap().join("proxy");
    crate::proxy::make(&proxy);
    act.write("go.mod", "module example.com/m\n\ngo 1.19\n\nrequire example.com/sum v1.0.0\n");
    act.write("uses/uses.go", "package uses\n\nimport _ \"example.com/sum\"\n");
    let go = Command::new("go").args(["env", "GOVERSION"]).run(&Cancellation::default()).unwrap();
    let go = String::from_utf8(go.stdout).unwrap().trim().trim_start_matches("go").to_owned();
    act.write(
        ".github/robot.yml",
        &format!("go-matrix: {{go: ['{go}'], modules: {{example.com/sum: [v1.0.0, v1.1.0]}}}}\n"),
    );
    let proxies = format!("file://{}", proxy.display());
    let modules = act.repository().parent().unwrap().join("modules");
    let variables = [
        ("GOPROXY", proxies.as_str()),
        ("GONOSUMDB", "example.com/*"),
        ("GOFLAGS", "-modcacherw"),
        ("GOMODCACHE", modules.to_str().unwrap()),
    ];
    act.fresh_runner();
    let start = |act: &mut Act| {
        act.fresh_runner();
        let _ = std::fs::remove_dir_all(&modules);
        act.start(MATRIX, "push", &push().to_string(), &variables)
    };
    let first = start(&mut act);
    assert!(first.success, "{}", first.log);
    assert!(first.log.contains("later saw <pass> <>"), "{}", first.log);
    for told in ["saved: robot-matrix:robot:", "uploaded: robot-result-matrix-robot"] {
        assert!(first.log.contains(told), "no {told} in {}", first.log);
    }
    let again = start(&mut act);
    assert!(again.success, "{}", again.log);
    assert!(again.log.contains("restored: robot-matrix:robot:"), "{}", again.log);

    // A cell that fails fails the verdict, and the other finishes.
    act.write("leaf/leaf.go", "package leaf\n\nfunc Leaf() int { return 2 }\n");
    let red = start(&mut act);
    assert!(!red.success, "{}", red.log);
    assert!(red.log.contains("TestLeaf"), "{}", red.log);
}
