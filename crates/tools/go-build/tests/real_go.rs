//! The real `go` on a real module, through the binary, as a step of a job.

#![expect(clippy::unwrap_used, reason = "helpers of tests are not #[test] functions themselves")]

use robot_process::Cancellation;
use robot_testkit::{Event, GoModule, Runner, write};
use serde_json::Value;

const MAIN: &str = "package main\n\nfunc main() { println(\"robot\") }\n";

/// One job on a runner that keeps its caches; exit code and result.
fn build(runner: &Runner, module: &GoModule) -> (Option<i32>, Value) {
    let step = runner
        .step(env!("CARGO_BIN_EXE_robot-go-build"), module.path())
        .env("GOCACHE", runner.path("gocache"));
    let finished = step.run(&Cancellation::default()).unwrap();
    (finished.code, runner.result("go-build"))
}

#[test]
fn a_program_is_linked_again_only_when_it_changed() {
    let module = GoModule::new()
        .file("one/robot/main.go", MAIN)
        .file("two/robot/main.go", MAIN)
        .file("leaf/leaf.go", "package leaf\n");
    let runner = Runner::new(&Event::push());
    let (code, first) = build(&runner, &module);
    assert_eq!(code, Some(0), "{first}");
    let counts = |result: &Value| {
        ["packages", "programs", "reused-programs"]
            .map(|name| result["outputs"][name].as_u64().unwrap())
    };
    assert_eq!(counts(&first), [3, 2, 0]);
    // Pruning takes what still has the time that it was given for what was not used.
    let kept = runner.path("gocache/robot-actions/programs/example.com-m-one-robot/0/robot");
    let aged = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    let file = std::fs::File::options().write(true).open(&kept).unwrap();
    file.set_modified(aged).unwrap();
    assert_eq!(counts(&build(&runner, &module).1), [3, 2, 2]);
    assert_ne!(std::fs::metadata(&kept).unwrap().modified().unwrap(), aged);
    write(&module.path().join("one/robot/main.go"), &MAIN.replace("robot", "other"));
    assert_eq!(counts(&build(&runner, &module).1), [3, 2, 1]);
}

#[test]
fn every_compile_error_is_annotated_at_its_place() {
    let module = GoModule::new()
        .file("robot.go", "package main\n\nfunc main() { absent() }\n")
        .file("leaf/leaf.go", "package leaf\n\nfunc Leaf() int { return \"text\" }\n");
    let (code, result) = build(&Runner::new(&Event::push()), &module);
    assert_eq!(code, Some(10), "{result}");
    assert_eq!(result["cause"], "build-fail");
    let report = result["report"].to_string();
    for path in ["robot.go", "leaf/leaf.go"] {
        assert!(report.contains(&format!("\"path\":\"{path}\"")), "{report}");
    }
}

#[test]
fn a_program_that_compiles_and_does_not_link_fails() {
    let module = GoModule::new()
        .file("main.go", "package main\n\nfunc elsewhere()\n\nfunc main() { elsewhere() }\n")
        .file("stub.s", "");
    let (code, result) = build(&Runner::new(&Event::push()), &module);
    assert_eq!(code, Some(10), "{result}");
    assert!(result["report"].to_string().contains("elsewhere"), "{result}");
}

#[test]
fn nothing_to_build_is_not_green() {
    let module = GoModule::new();
    let (code, result) = build(&Runner::new(&Event::push()), &module);
    assert_eq!(code, Some(11), "{result}");
    assert_eq!(result["cause"], "no-packages");
}
