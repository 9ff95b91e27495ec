//! `robot ci` as a user and as a job run it.

#![expect(clippy::unwrap_used, reason = "helpers of tests are not #[test] functions themselves")]

use robot_process::{Cancellation, Command, Finished};
use serde_json::Value;
use std::os::unix::fs::MetadataExt as _;
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

    fn wait_for(&self, name: &str) {
        while !self.path(name).exists() {
            std::thread::yield_now();
        }
    }

    /// Processes that work in this checkout, with their last argument; none that is dead.
    fn processes(&self) -> Vec<(i32, String)> {
        robot_testkit::processes_in(self.0.path())
    }

    /// The one with that last argument.
    fn process(&self, last: &str) -> i32 {
        let processes = self.processes();
        let found = processes.iter().find(|(_, argument)| argument == last);
        found.unwrap().0
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
    assert!(summary.starts_with("### ❌ ci: forge did not pass"), "{summary}");
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
    for isolate in ["auto", "off"] {
        let checkout = Checkout::new(&format!(
            "ci:
  steps:
    - {{name: done, run: 'true'}}
    - {{name: long, run: 'touch begun; exec sleep 1000', needs: [done], isolate: {isolate}}}
    - {{name: later, run: 'true', needs: [long]}}
"
        ));
        let command = checkout.command(false);
        let run = std::thread::spawn(move || command.run(&Cancellation::default()).unwrap());
        checkout.wait_for("begun");
        signal("-INT", checkout.process("ci"));
        let finished = run.join().unwrap();
        assert_eq!(finished.code, Some(130), "{isolate}");
        let verdicts = &checkout.result()["outputs"]["verdicts"];
        assert_eq!(verdicts["done"], "pass", "{isolate}");
        assert_eq!(verdicts["long"], "inconclusive", "{isolate}");
        assert_eq!(checkout.processes(), [], "{isolate}");
    }
}

#[test]
fn wrong_settings_are_told_before_anything_starts() {
    for (yaml, place, hint) in [
        ("ci: {steps: [{name: a, run: touch ran, need: [b]}]}", "robot.yml:1:40", "`needs`"),
        (
            "ci:\n  steps:\n    - {name: a, run: touch ran}\n    - {name: t, uses: go-tset}",
            "robot.yml:4:17",
            "did you mean `go-test`?",
        ),
        (
            "go-test: {layers: {unit: {race: true, env: {CGO_ENABLED: '0'}}}}",
            "robot.yml:1:27",
            "leave cgo on",
        ),
    ] {
        let checkout = Checkout::new(yaml);
        let (finished, said) = checkout.run(false);
        assert_eq!(finished.code, Some(2), "{said}");
        assert!(said.contains(place) && said.contains(hint), "{said}");
        assert!(!checkout.path("ran").exists());
    }
}

#[test]
fn why_a_step_broke_off_is_in_the_report_and_the_annotations() {
    let checkout = Checkout::new(
        "ci: {steps: [{name: gate, uses: coverage-gate, with: {profiles: [absent.out]}}]}\n",
    );
    let (finished, said) = checkout.run(true);
    assert_ne!(finished.code, Some(0), "{said}");
    let finding = &checkout.result()["report"]["blocks"][0]["findings"][0];
    assert_eq!(finding["rule"], "broke-off", "{finding}");
    assert!(finding["title"].as_str().unwrap().starts_with("gate: "), "{finding}");
    assert!(finding["detail"].as_str().unwrap().contains("caused by: "), "{finding}");
    assert!(said.contains("::error title=gate%3A "), "{said}");
}

#[test]
fn pages_that_cannot_be_written_hide_no_result() {
    let checkout = Checkout::new(
        "ci: {steps: [{name: fails, run: 'mkdir -p $RUNNER_TEMP/robot/ci/report.html/x; exit 3', isolate: off}]}\n",
    );
    let (finished, said) = checkout.run(true);
    assert_eq!(finished.code, Some(10), "{said}");
    assert!(said.contains("report.html cannot be written"), "{said}");
    assert_eq!(checkout.result()["outputs"]["verdicts"]["fails"], "fail");
    let output = std::fs::read_to_string(checkout.path("output")).unwrap();
    assert!(output.contains("report.md") && !output.contains("report.html"), "{output}");
}

#[test]
fn a_full_disk_is_named_and_the_report_still_printed() {
    let checkout = Checkout::new(
        "ci:
  steps:
    - {name: prepare, uses: cache-key prepare}
    - {name: fine, run: 'true'}
",
    );
    // No file may grow; pipes may.
    let line = format!("trap '' XFSZ; ulimit -f 0; exec {} ci", env!("CARGO_BIN_EXE_robot"));
    let command = Command::shell(&line)
        .current_directory(checkout.0.path())
        .env("RUNNER_TEMP", checkout.path("temp").as_os_str())
        .env("GITHUB_ACTIONS", "false");
    let finished = command.run(&Cancellation::default()).unwrap();
    let said = String::from_utf8_lossy(&finished.stdout).into_owned();
    assert_eq!(finished.code, Some(3), "{said}");
    assert!(said.contains("temp/robot/ci cannot be written: "), "{said}");
    assert!(said.contains("did not pass, 1 of 2 steps"), "{said}");
}

#[test]
fn a_gate_on_what_nobody_measures_is_a_contradiction() {
    let checkout = Checkout::new("go-test: {coverage: false}\ncoverage-gate: {total: 99}\n");
    std::fs::write(checkout.path("go.mod"), "module m\n").unwrap();
    let (finished, said) = checkout.run(false);
    assert_eq!(finished.code, Some(2), "{said}");
    assert!(said.contains("robot.yml:2:17") && said.contains("robot.yml:1:11"), "{said}");
}

#[test]
fn a_folder_without_a_module_is_told_once_and_before_anything_starts() {
    let checkout = Checkout::new("");
    std::fs::create_dir_all(checkout.path("robots/a")).unwrap();
    std::fs::write(checkout.path("robots/a/go.mod"), "module a\n").unwrap();
    let (finished, said) = checkout.run(false);
    assert_eq!(finished.code, Some(2), "{said}");
    assert_eq!(said.matches("there is no go.mod").count(), 1, "{said}");
    assert!(said.contains("working-directory: robots/a"), "{said}");
}

/// A pipeline whose only test waits for ever.
fn waiting(isolate: &str) -> (Checkout, std::thread::JoinHandle<Finished>) {
    let checkout = Checkout::new(&format!(
        "ci: {{steps: [{{name: test, uses: go-test, with: {{coverage: false}}}}]}}
go-test: {{layers: {{unit: {{race: false, isolate: {isolate}}}}}}}
"
    ));
    std::fs::write(checkout.path("go.mod"), "module m\n\ngo 1.19\n").unwrap();
    let test = "package m\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestWaits(t *testing.T) {\n\t_ = os.WriteFile(\"begun\", nil, 0o600)\n\tselect {}\n}\n";
    std::fs::write(checkout.path("m_test.go"), test).unwrap();
    let command = checkout.command(false);
    let run = std::thread::spawn(move || command.run(&Cancellation::default()).unwrap());
    checkout.wait_for("begun");
    (checkout, run)
}

fn signal(signal: &str, process: i32) {
    let kill = Command::new("kill").args([signal, &process.to_string()]);
    assert!(kill.run(&Cancellation::default()).unwrap().success());
}

#[test]
fn a_killed_pipeline_leaves_no_tool_and_nothing_that_it_started() {
    for isolate in ["auto", "off"] {
        let (checkout, run) = waiting(isolate);
        signal("-KILL", checkout.process("ci"));
        assert_eq!(run.join().unwrap().signal, Some(9));
        while !checkout.processes().is_empty() {
            std::thread::yield_now();
        }
    }
}

#[test]
fn a_killed_tool_leaves_nothing_that_it_started_and_is_told() {
    for isolate in ["auto", "off"] {
        let (checkout, run) = waiting(isolate);
        signal("-KILL", checkout.process("step"));
        assert_eq!(run.join().unwrap().code, Some(11));
        assert_eq!(checkout.processes(), [], "{isolate}");
        let steps = checkout.result()["report"].to_string();
        assert!(steps.contains("no sound result: signal 9"), "{steps}");
    }
}

#[test]
fn a_layer_that_a_step_declares_may_be_named_in_the_settings_file() {
    let checkout = Checkout::new(
        "go-test: {layer: [quick]}
ci:
  steps:
    - name: test
      uses: go-test
      with: {coverage: false, layers: {quick: {tags: []}}}
",
    );
    std::fs::write(checkout.path("go.mod"), "module m\n\ngo 1.19\n").unwrap();
    let test = "package m\n\nimport \"testing\"\n\nfunc TestX(t *testing.T) {}\n";
    std::fs::write(checkout.path("m_test.go"), test).unwrap();
    let (finished, said) = checkout.run(false);
    assert_eq!(finished.code, Some(0), "{said}");
}

#[test]
fn a_pipeline_that_tests_nothing_is_not_green() {
    let (finished, said) = Checkout::new("ci: {steps: []}\n").run(false);
    assert_eq!(finished.code, Some(2), "{said}");
    assert!(said.contains("robot.yml:1:6 `steps`: the pipeline has no steps"), "{said}");

    let caches = "ci: {steps: [{name: prepare, uses: cache-key prepare}]}\n";
    let checkout = Checkout::new(caches);
    let (finished, said) = checkout.run(false);
    assert_eq!(finished.code, Some(11), "{said}");
    assert_eq!(checkout.result()["cause"], "nothing-proven");
}

#[test]
fn a_settings_file_that_leads_nowhere_is_not_none() {
    for target in ["nowhere.yml", "robot.yml", "/dev/zero", "."] {
        let checkout = Checkout::new("");
        std::fs::remove_file(checkout.path("robot.yml")).unwrap();
        std::os::unix::fs::symlink(target, checkout.path("robot.yml")).unwrap();
        let (finished, said) = checkout.run(false);
        assert_eq!(finished.code, Some(2), "{target}: {said}");
        assert!(said.contains("robot.yml"), "{target}: {said}");
    }
}

#[test]
fn a_killed_pipeline_leaves_no_earlier_pass() {
    let (checkout, run) = waiting("auto");
    // What a run before this one could have left is replaced when a run begins, not when it ends.
    let result = checkout.result();
    assert_eq!(
        (&result["verdict"], &result["cause"]),
        (&"inconclusive".into(), &"broke-off".into())
    );
    assert!(result["failure"]["message"].as_str().unwrap().contains("ci did not end"), "{result}");
    signal("-KILL", checkout.process("ci"));
    run.join().unwrap();
    assert_eq!(checkout.result()["verdict"], "inconclusive");
}

#[test]
fn who_writes_to_the_runner_or_changes_sources_is_told() {
    let checkout = Checkout::new(
        "ci: {steps: [{name: writes, run: 'echo save-build=true >> output', isolate: off}]}\n",
    );
    std::fs::write(checkout.path("output"), "").unwrap();
    let (finished, said) = checkout.run(true);
    assert_eq!(finished.code, Some(11), "{said}");
    assert_eq!(checkout.result()["cause"], "runner-files-changed");
    assert!(said.contains("GITHUB_OUTPUT"), "{said}");

    // Sealed in, there is no such file for it.
    let checkout =
        Checkout::new("ci: {steps: [{name: writes, run: 'echo save-build=true >> output'}]}\n");
    std::fs::write(checkout.path("output"), "").unwrap();
    let (finished, said) = checkout.run(true);
    assert_eq!(finished.code, Some(0), "{said}");
    let output = std::fs::read_to_string(checkout.path("output")).unwrap();
    assert!(!output.contains("save-build=true"), "{output}");

    let checkout = Checkout::new(
        "ci: {steps: [{name: test, uses: go-test, with: {coverage: false}}]}\ngo-test: {layers: {unit: {race: false}}}\n",
    );
    std::fs::write(checkout.path("go.mod"), "module m\n\ngo 1.19\n").unwrap();
    std::fs::write(checkout.path("m.go"), "package m\n").unwrap();
    let test = "package m\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestX(t *testing.T) {\n\t_ = os.WriteFile(\"m.go\", []byte(\"// Code generated by x. DO NOT EDIT.\\n\\npackage m\\n\"), 0o600)\n}\n";
    std::fs::write(checkout.path("m_test.go"), test).unwrap();
    let (finished, said) = checkout.run(false);
    assert_eq!(
        (finished.code, &checkout.result()["cause"]),
        (Some(11), &"files-changed".into()),
        "{said}"
    );
    assert!(said.contains("m.go"), "{said}");
}

/// A daemon that a test leaves behind neither outlives the tool nor reads what the job knows.
#[test]
fn what_a_test_leaves_behind_ends_with_its_tool() {
    let checkout = Checkout::new(
        "ci: {steps: [{name: test, uses: go-test, with: {coverage: false}}]}\ngo-test: {layers: {unit: {race: false}}}\n",
    );
    std::fs::write(checkout.path("go.mod"), "module m\n\ngo 1.19\n").unwrap();
    let test = "package m\n\nimport (\n\t\"os/exec\"\n\t\"syscall\"\n\t\"testing\"\n)\n\nfunc TestX(t *testing.T) {\n\tdaemon := exec.Command(\"sh\", \"-c\", \"echo $$ > daemon.new; mv daemon.new daemon; exec sleep 1000\")\n\tdaemon.SysProcAttr = &syscall.SysProcAttr{Setsid: true}\n\tif err := daemon.Start(); err != nil {\n\t\tt.Fatal(err)\n\t}\n\tfor exec.Command(\"test\", \"-e\", \"daemon\").Run() != nil {\n\t}\n}\n";
    std::fs::write(checkout.path("m_test.go"), test).unwrap();
    let (finished, said) = checkout.run(false);
    assert_eq!(finished.code, Some(0), "{said}");
    assert!(checkout.path("daemon").exists());
    assert_eq!(checkout.processes(), []);
}

#[test]
fn a_pull_request_that_changes_the_rules_is_told() {
    let checkout = Checkout::new("ci: {steps: [{name: fine, run: 'true'}]}\n");
    let git = |arguments: &[&str]| {
        let command = Command::new("git")
            .args(["-c", "user.name=t", "-c", "user.email=t@example.com"])
            .args(arguments.iter().copied())
            .current_directory(checkout.path(""));
        command.run(&Cancellation::default()).unwrap().require_success(&command).unwrap();
    };
    let commit = |path: &str, text: &str| {
        std::fs::create_dir_all(checkout.path(path).parent().unwrap()).unwrap();
        std::fs::write(checkout.path(path), text).unwrap();
        git(&["add", "--force", path]);
        git(&["commit", "--quiet", "--message=x"]);
    };
    git(&["init", "--quiet"]);
    commit("robot.yml", "ci: {steps: [{name: fine, run: 'true'}]}\n");
    std::fs::write(checkout.path("event.json"), r#"{"pull_request":{"number":7}}"#).unwrap();
    let run = || {
        let command = checkout.command(true).env("GITHUB_EVENT_PATH", checkout.path("event.json"));
        (command.run(&Cancellation::default()).unwrap().code, checkout.result())
    };
    let merge = |path: &str, text: &str| {
        git(&["checkout", "--quiet", "-b", "change"]);
        commit(path, text);
        // The rule is changed by one commit, another follows.
        commit("more.md", path);
        git(&["checkout", "--quiet", "-"]);
        git(&["merge", "--quiet", "--no-ff", "--message=x", "change"]);
        git(&["branch", "--quiet", "-D", "change"]);
    };
    let (code, result) = run();
    assert_eq!((code, &result["verdict"]), (Some(0), &"pass".into()), "{result}");
    assert!(result["report"].to_string().contains("not known whether"), "{result}");
    merge("README.md", "another text\n");
    let (code, result) = run();
    assert_eq!((code, &result["verdict"]), (Some(0), &"pass".into()), "{result}");
    merge(".github/workflows/ci.yml", "on: push\n");
    let (code, result) = run();
    assert_eq!((code, &result["verdict"]), (Some(0), &"warn".into()), "{result}");
    assert!(
        result["report"].to_string().contains("this pull request changes .github/workflows/ci.yml")
    );
    for path in [".github/security-ignore.yml", ".trivyignore", "osv-scanner.toml"] {
        merge(path, "# sets findings aside\n");
        let (_, result) = run();
        let said = format!("this pull request changes {path}");
        assert!(result["report"].to_string().contains(&said), "{result}");
    }
}

/// A scanner is not part of Go: a robot whose owner has none is told how to get one, and goes on.
#[test]
fn without_a_scanner_the_security_step_is_skipped_and_says_what_to_add() {
    let checkout = Checkout::new(
        "ci: {steps: [{name: fine, run: 'true'}, {name: security, uses: security-gate}]}\n",
    );
    let go = "/usr/local/go/bin:/usr/bin:/bin";
    let command = checkout.command(false).env("PATH", go);
    let ended = command.run(&Cancellation::default()).unwrap();
    let result = checkout.result();
    let expected = serde_json::json!({"fine": "pass", "security": "skipped"});
    assert_eq!((ended.code, &result["outputs"]["verdicts"]), (Some(0), &expected), "{result}");
    let log = std::fs::read_to_string(checkout.path("temp/robot/ci/security.log")).unwrap();
    assert!(log.contains("security-gate: {tools:"), "{log}");
}

/// As an ordinary user: the superuser reads every process.
#[test]
fn code_under_test_cannot_read_what_our_processes_know() {
    let checkout = Checkout::new("ci: {steps: [{name: look, run: sh look.sh, isolate: off}]}\n");
    // Its own variables, and those of its parents.
    let look = "process=$$\nwhile [ \"$process\" -gt 1 ]; do\n\tcat \"/proc/$process/environ\" >> seen\n\tprocess=$(sed -n 's/^PPid:\\t//p' \"/proc/$process/status\")\ndone 2>/dev/null\ntrue\n";
    std::fs::write(checkout.path("look.sh"), look).unwrap();
    let program = checkout.path("robot");
    std::fs::copy(env!("CARGO_BIN_EXE_robot"), &program).unwrap();
    let mut command = Command::new("setpriv").args(["--no-new-privs"]);
    let is_superuser = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    if is_superuser {
        for path in ["", "robot.yml", "robot"] {
            std::os::unix::fs::chown(checkout.path(path), Some(1001), Some(1001)).unwrap();
        }
        command = command.args(["--reuid=1001", "--regid=1001", "--clear-groups"]);
    }
    let command = command
        .arg(&program)
        .arg("ci")
        .current_directory(checkout.0.path())
        .env("RUNNER_TEMP", checkout.path("temp").as_os_str())
        .env("HOME", checkout.0.path())
        .env("GITHUB_ACTIONS", "false")
        .env("GITHUB_TOKEN", "what-nobody-sees");
    let finished = command.run(&Cancellation::default()).unwrap();
    let said = String::from_utf8_lossy(&finished.stdout);
    assert_eq!(finished.code, Some(0), "{said}");
    let seen = std::fs::read(checkout.path("seen")).unwrap();
    let seen = String::from_utf8_lossy(&seen);
    assert!(seen.contains("RUNNER_TEMP="), "it reads its own variables: {seen}");
    assert!(!seen.contains("what-nobody-sees"));
}
