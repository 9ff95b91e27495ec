//! What code under test, a killed process or a pull request cannot do to `robot ci`.

use crate::checkout::Checkout;
use robot_process::{Cancellation, Command, Finished};
use robot_testkit::{Repository, scrubbed, wait_until};
use std::os::unix::fs::MetadataExt as _;

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
        wait_until("nothing is left", || checkout.processes().is_empty());
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
        assert!(steps.contains("no valid result: signal 9"), "{steps}");
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
    assert!(
        result["failure"]["message"].as_str().unwrap().contains("ci did not finish"),
        "{result}"
    );
    signal("-KILL", checkout.process("ci"));
    run.join().unwrap();
    assert_eq!(checkout.result()["verdict"], "inconclusive");
}

/// A later step, and each run that restores the folder, would start it.
#[test]
fn code_under_test_cannot_put_another_scanner_in_place_of_an_installed_one() {
    let line = "echo planted > temp/robot-scanners/trivy || echo other > outcome";
    let checkout = Checkout::new(&format!("ci: {{steps: [{{name: plants, run: '{line}'}}]}}\n"));
    let (finished, said) = checkout.run(true);
    assert_eq!(finished.code, Some(0), "{said}");
    assert!(checkout.path("outcome").exists(), "{said}");
    assert!(!checkout.path("temp/robot-scanners/trivy").exists(), "{said}");
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
    let repository = Repository::of(&checkout.path(""));
    let git = |arguments: &[&str]| drop(repository.git(arguments));
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
    assert!(result["report"].to_string().contains("could not check whether"), "{result}");
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

/// As an ordinary user: the superuser reads every process.
#[test]
fn code_under_test_cannot_read_what_our_processes_know() {
    let checkout = Checkout::new("ci: {steps: [{name: look, run: sh look.sh, isolate: off}]}\n");
    // Its own variables, and those of its parents.
    let look = "process=$$\nwhile [ \"$process\" -gt 1 ]; do\n\tcat \"/proc/$process/environ\" >> seen\n\tprocess=$(sed -n 's/^PPid:\\t//p' \"/proc/$process/status\")\ndone 2>/dev/null\ntrue\n";
    std::fs::write(checkout.path("look.sh"), look).unwrap();
    let program = checkout.path("robot");
    std::fs::copy(env!("CARGO_BIN_EXE_robot"), &program).unwrap();
    let mut command = scrubbed("setpriv").args(["--no-new-privs"]);
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
