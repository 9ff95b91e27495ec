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

fn counts(result: &Value) -> [u64; 3] {
    ["packages", "programs", "reused-programs"]
        .map(|name| result["outputs"][name].as_u64().unwrap())
}

/// Two programs of one name; one needs a package of the module.
fn programs() -> GoModule {
    GoModule::new()
        .file("one/robot/main.go", MAIN)
        .file("two/robot/main.go", IMPORTING)
        .file("leaf/leaf.go", "package leaf\n\nfunc Name() string { return \"leaf\" }\n")
}

const IMPORTING: &str =
    "package main\n\nimport \"example.com/m/leaf\"\n\nfunc main() { println(leaf.Name()) }\n";

#[test]
fn a_program_is_linked_again_only_when_what_the_linker_reads_changed() {
    let module = programs();
    let runner = Runner::new(&Event::push());
    let (code, first) = build(&runner, &module);
    assert_eq!(code, Some(0), "{first}");
    assert_eq!(counts(&first), [3, 2, 0]);
    assert_eq!(counts(&build(&runner, &module).1), [3, 2, 2]);

    // A program's own file, a package that it needs: those link, and the report says why.
    write(&module.path().join("one/robot/main.go"), &MAIN.replace("robot", "other"));
    let (_, changed) = build(&runner, &module);
    assert_eq!(counts(&changed), [3, 2, 1]);
    let report = changed["report"].to_string();
    assert!(report.contains("package example.com/m/one/robot changed"), "{report}");
    write(
        &module.path().join("leaf/leaf.go"),
        "package leaf\n\nfunc Name() string { return \"\" }\n",
    );
    assert_eq!(counts(&build(&runner, &module).1), [3, 2, 1]);
    // A comment is no change of what is linked, and neither is a file that belongs to no package.
    write(&module.path().join("README.md"), "# robot\n");
    assert_eq!(counts(&build(&runner, &module).1), [3, 2, 2]);
}

#[test]
fn settings_that_reach_the_linker_link_again() {
    let module = programs();
    let runner = Runner::new(&Event::push());
    let with = |name: &str, value: &str| {
        let step = runner
            .step(env!("CARGO_BIN_EXE_robot-go-build"), module.path())
            .env("GOCACHE", runner.path("gocache"))
            .env(name, value);
        step.run(&Cancellation::default()).unwrap();
        counts(&runner.result("go-build"))
    };
    assert_eq!(with("INPUT_TAGS", ""), [3, 2, 0]);
    assert_eq!(with("INPUT_TAGS", ""), [3, 2, 2]);
    assert_eq!(with("INPUT_TAGS", "extra"), [3, 2, 0]);
    assert_eq!(with("GOFLAGS", "-ldflags=-s"), [3, 2, 0]);
    assert_eq!(with("GOARCH", "arm64"), [3, 2, 0]);
    assert_eq!(with("INPUT_FRESH", "true"), [3, 2, 0]);
    // It is not known what an outer linker reads: never reused.
    assert_eq!(with("GOFLAGS", "-ldflags=-linkmode=internal"), [3, 2, 0]);
    assert_eq!(with("GOFLAGS", "-ldflags=-linkmode=internal"), [3, 2, 0]);
}

#[test]
fn nothing_is_kept_of_programs_but_the_verdict() {
    let (module, runner) = (programs(), Runner::new(&Event::push()));
    build(&runner, &module);
    let kept = walkdir::WalkDir::new(runner.path("temp/robot-history")).into_iter();
    let bytes: u64 = kept.map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
    assert!(bytes < 200_000, "{bytes} bytes are kept");
    assert!(
        !runner.path("temp/robot/go-build").read_dir().unwrap().any(|_| true),
        "programs are left"
    );
}

#[test]
fn a_verdict_that_somebody_edited_does_not_count() {
    let (module, runner) = (programs(), Runner::new(&Event::push()));
    build(&runner, &module);
    for entry in walkdir::WalkDir::new(runner.path("temp/robot-history/verdicts")) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            let text = std::fs::read_to_string(entry.path()).unwrap();
            write(entry.path(), &text.replace("\"verb\"", "\"verB\""));
        }
    }
    let (code, result) = build(&runner, &module);
    assert_eq!((code, counts(&result)), (Some(0), [3, 2, 0]), "{result}");
    assert!(result["report"].to_string().contains("the kept verdict is not valid"), "{result}");
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
    let runner = Runner::new(&Event::push());
    // A failure is never repeated from a kept verdict, and never becomes a pass.
    for _ in 0..2 {
        let (code, result) = build(&runner, &module);
        assert_eq!(code, Some(10), "{result}");
        assert!(result["report"].to_string().contains("elsewhere"), "{result}");
    }
}

#[test]
fn nothing_to_build_is_not_green() {
    let module = GoModule::new();
    let (code, result) = build(&Runner::new(&Event::push()), &module);
    assert_eq!(code, Some(11), "{result}");
    assert_eq!(result["cause"], "no-packages");
}
