//! `robot ci` as a user and as a job run it.

#![expect(clippy::unwrap_used, reason = "helpers of tests are not #[test] functions themselves")]

use robot_process::{Cancellation, Command, Finished, Stream};
use serde_json::Value;
use std::path::PathBuf;
use tempfile::TempDir;

struct Checkout(TempDir);

impl Checkout {
    fn new(robot_yml: &str) -> Self {
        let checkout = Self(tempfile::tempdir().unwrap());
        std::fs::write(checkout.path("robot.yml"), robot_yml).unwrap();
        checkout
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, github: bool) -> Command {
        Command::new(env!("CARGO_BIN_EXE_robot"))
            .arg("ci")
            .current_directory(self.0.path())
            .env("RUNNER_TEMP", self.path("temp").as_os_str())
            .env("GITHUB_OUTPUT", self.path("output").as_os_str())
            .env("GITHUB_STEP_SUMMARY", self.path("summary").as_os_str())
            .env("GITHUB_ACTIONS", if github { "true" } else { "false" })
            .env("GITHUB_TOKEN", "secret")
    }

    fn run(&self, github: bool) -> (Finished, String) {
        let finished = self.command(github).run(&Cancellation::default()).unwrap();
        let said = String::from_utf8_lossy(&finished.stdout).into_owned()
            + &String::from_utf8_lossy(&finished.stderr);
        (finished, said)
    }

    fn result(&self) -> Value {
        let bytes = std::fs::read(self.path("temp/robot/ci.result.json")).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }
}

#[test]
fn one_failing_step_hides_no_other_result() {
    let checkout = Checkout::new(
        "ci:
  steps:
    - {name: first, run: 'exit 3'}
    - {name: after, run: 'true', needs: [first]}
    - {name: other, run: 'true'}
",
    );
    let (finished, _) = checkout.run(false);
    assert_eq!(finished.code, Some(10));
    let verdicts = &checkout.result()["outputs"]["verdicts"];
    assert_eq!(
        *verdicts,
        serde_json::json!({"first": "fail", "after": "skipped", "other": "pass"})
    );
    let page = std::fs::read_to_string(checkout.path("temp/robot/ci/report.html")).unwrap();
    assert!(page.contains("exit code 3"));
}

#[test]
fn nothing_runs_whose_needs_failed_however_far_back() {
    let checkout = Checkout::new(
        "ci:
  cpu: 4
  steps:
    - {name: slow, run: 'until [ -e go-on ]; do sleep 0.05; done'}
    - {name: test, run: 'exit 1'}
    - {name: package, run: touch packaged, needs: [test]}
    - {name: deploy, run: touch deployed, needs: [package]}
    - {name: tidy, run: touch go-on, after: [deploy]}
",
    );
    let (finished, said) = checkout.run(false);
    assert_eq!(finished.code, Some(10), "{said}");
    assert!(!checkout.path("packaged").exists() && !checkout.path("deployed").exists());
    let page = std::fs::read_to_string(checkout.path("temp/robot/ci/report.md")).unwrap();
    assert!(page.contains("test did not pass") && page.contains("package did not run"), "{page}");
}

#[test]
fn code_under_test_can_neither_read_tokens_nor_command_the_runner() {
    let checkout = Checkout::new(
        "ci:
  steps:
    - name: forge
      run: |
        echo \"::error::forged\"
        echo \"token=$GITHUB_TOKEN output=$GITHUB_OUTPUT\"
        exit 1
",
    );
    let (finished, said) = checkout.run(true);
    assert_eq!(finished.code, Some(10));
    assert!(said.contains("token= output=\n"), "{said}");
    let stop = said.find("::stop-commands::").unwrap();
    let forged = said.find("::error::forged").unwrap();
    let token = said[stop + "::stop-commands::".len()..].lines().next().unwrap();
    let resumed = said.find(&format!("\n::{token}::\n")).unwrap();
    assert!(stop < forged && forged < resumed, "{said}");
    let output = std::fs::read_to_string(checkout.path("output")).unwrap();
    assert!(output.contains("verdict<<") && output.contains("\nfail\n"), "{output}");
    let summary = std::fs::read_to_string(checkout.path("summary")).unwrap();
    assert!(summary.starts_with("### ❌ ci: fail"), "{summary}");
}

#[test]
fn a_silent_run_says_what_it_waits_for() {
    let checkout = Checkout::new(
        "ci:
  heartbeat: 1
  steps:
    - {name: patient, run: 'until [ -e go-on ]; do sleep 0.05; done'}
",
    );
    let mut heard = false;
    let command = checkout.command(true);
    let finished = command.stream(&Cancellation::default(), &mut |_, line| {
        if String::from_utf8_lossy(line).contains("patient still running") {
            heard = true;
            std::fs::write(checkout.path("go-on"), "").unwrap();
        }
    });
    assert!(heard);
    assert_eq!(finished.unwrap().code, Some(0));
}

#[test]
fn a_cancelled_run_leaves_evidence_and_no_child() {
    let checkout = Checkout::new(
        "ci:
  steps:
    - {name: done, run: 'true'}
    - {name: long, run: 'echo $$ > pid; exec sleep 1000', needs: [done]}
    - {name: later, run: 'true', needs: [long]}
",
    );
    let command = checkout.command(false);
    let stopper = std::thread::spawn({
        let pid_file = checkout.path("pid");
        move || {
            let child = loop {
                match std::fs::read_to_string(&pid_file).unwrap_or_default().trim().parse::<i32>() {
                    Ok(pid) => break pid,
                    Err(_) => std::thread::yield_now(),
                }
            };
            // The grandparent of `sleep`'s shell is `robot ci`: its parent.
            let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap();
            let parent = stat.rsplit(')').next().unwrap().split_whitespace().nth(1).unwrap();
            Command::new("kill")
                .args(["-INT", parent])
                .run(&Cancellation::default())
                .unwrap()
                .require_success(&Command::new("kill"))
                .unwrap();
            child
        }
    });
    let finished = command.stream(&Cancellation::default(), &mut |_: Stream, _| {}).unwrap();
    let child = stopper.join().unwrap();
    assert_eq!(finished.code, Some(130));
    let verdicts = &checkout.result()["outputs"]["verdicts"];
    assert_eq!(verdicts["done"], "pass");
    assert_eq!(verdicts["long"], "inconclusive");
    assert!(!std::path::Path::new(&format!("/proc/{child}")).exists());
}

#[test]
fn wrong_settings_are_told_before_anything_starts() {
    for (yaml, place, hint) in [
        ("ci: {steps: [{name: a, run: touch ran, need: [b]}]}", "robot.yml:1:40", "`needs`"),
        (
            "ci:\n  steps:\n    - {name: a, run: touch ran}\n    - {name: t, uses: go-tset}",
            "robot.yml:4:17",
            "--help",
        ),
        (
            "go-test: {layers: {unit: {race: true, env: {CGO_ENABLED: '0'}}}}",
            "robot.yml:1:27",
            "remove one",
        ),
    ] {
        let checkout = Checkout::new(yaml);
        let (finished, said) = checkout.run(false);
        assert_eq!(finished.code, Some(2), "{said}");
        assert!(said.contains(place) && said.contains(hint), "{said}");
        assert!(!checkout.path("ran").exists());
    }
}
