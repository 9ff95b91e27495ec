//! `robot ci` as a user and as a job run it.

use crate::checkout::Checkout;
use robot_process::{Cancellation, Command};
use robot_testkit::scrubbed_variables;

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

/// The step's own log is printed when it has ended, which is minutes late for this.
#[test]
fn what_an_install_costs_is_said_while_the_step_runs() {
    use std::os::unix::fs::PermissionsExt as _;
    let checkout = Checkout::new("");
    let trivy = checkout.path("trivy");
    std::fs::write(&trivy, "#!/bin/sh\nuntil [ -e go-on ]; do sleep 0.05; done; exit 7\n").unwrap();
    std::fs::set_permissions(&trivy, std::fs::Permissions::from_mode(0o755)).unwrap();
    let archive = checkout.path("trivy.tar.gz");
    let run = |command: Command| command.run(&Cancellation::default()).unwrap();
    let pack = Command::new("tar").arg("-czf").arg(&archive).arg("-C").arg(checkout.path(""));
    assert!(run(pack.arg("trivy")).success());
    let sum = run(Command::new("sha256sum").arg(&archive));
    let sum = String::from_utf8_lossy(&sum.stdout)[..64].to_owned();
    let source = format!("{{url: 'file://{}', sha256: '{sum}'}}", archive.display());
    let settings = format!(
        "ci: {{steps: [{{name: security, uses: security-gate}}]}}\nsecurity-gate: {{tools: {{trivy: {source}}}}}\n"
    );
    std::fs::write(checkout.path("robot.yml"), settings).unwrap();
    let mut said = String::new();
    let finished = checkout.command(true).stream(&Cancellation::default(), &mut |_, line| {
        let line = String::from_utf8_lossy(line);
        if line.contains("security: trivy: fetches file://") {
            assert!(line.contains("10 to 60 MB"), "{line}");
            std::fs::write(checkout.path("go-on"), "").unwrap();
        }
        said += &format!("{line}\n");
    });
    assert_eq!(finished.unwrap().code, Some(11), "{said}");
    assert!(said.contains("ended with exit code 7"), "{said}");
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
            "remove `CGO_ENABLED: 0`",
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
        .environment(scrubbed_variables())
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
    assert_eq!(said.matches("no go.mod or go.work").count(), 1, "{said}");
    assert!(said.contains("working-directory: robots/a"), "{said}");
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

#[test]
fn runs_of_the_default_branch_leave_a_record_and_others_none() {
    let checkout = Checkout::new(
        "ci: {steps: [{name: fine, run: 'true'}, {name: fails, run: 'exit 3', needs: [fine]}]}\n",
    );
    let event = checkout.path("event.json");
    std::fs::write(&event, r#"{"repository": {"default_branch": "main"}}"#).unwrap();
    let run = |branch: &str, job: &str, attempt: &str| {
        let command = checkout
            .command(true)
            .env("GITHUB_EVENT_NAME", "push")
            .env("GITHUB_EVENT_PATH", &event)
            .env("GITHUB_REF", format!("refs/heads/{branch}"))
            .env("GITHUB_RUN_ID", "42")
            .env("GITHUB_RUN_ATTEMPT", attempt)
            .env("GITHUB_JOB", job);
        assert_eq!(command.run(&Cancellation::default()).unwrap().code, Some(10));
    };
    let months = || std::fs::read_dir(checkout.path("temp/robot-history/runs"));
    run("change", "ci", "1");
    assert!(months().is_err());
    run("main", "linux", "1");
    run("main", "arm", "1");
    run("main", "linux", "2");
    let files: Vec<_> = months()
        .unwrap()
        .flat_map(|month| std::fs::read_dir(month.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .collect();
    let record = |name: &str| -> serde_json::Value {
        let path = files.iter().find(|path| path.ends_with(name)).unwrap();
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    };
    assert_eq!(files.len(), 2, "{files:?}");
    let first = record("42-1.json");
    assert_eq!(first["schema"], "robot.run/v1");
    let jobs = first["jobs"].as_array().unwrap();
    let mut names: Vec<_> = jobs.iter().map(|job| job["job"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["arm", "linux"], "{first}");
    for job in jobs {
        assert_eq!((&job["verdict"], &job["cause"]), (&"fail".into(), &"step".into()), "{first}");
        let verdicts: Vec<_> =
            job["steps"].as_array().unwrap().iter().map(|step| &step["verdict"]).collect();
        assert_eq!(verdicts, ["pass", "fail"], "{first}");
    }
}
