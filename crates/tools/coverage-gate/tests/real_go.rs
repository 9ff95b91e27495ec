//! Profiles of the real `go`, changes of the real git, through the binary.

#![expect(clippy::unwrap_used, reason = "helpers of tests are not #[test] functions themselves")]

use robot_process::{Cancellation, Command};
use robot_testkit::{Event, GoModule, Repository, Runner, write};
use serde_json::Value;
use std::path::{Path, PathBuf};

const ROBOT: &str = "package robot

func Covered() int {
\treturn 1
}

func Not() int {
\treturn 2
}
";

struct World {
    runner: Runner,
    folder: PathBuf,
    repository: Repository,
}

impl World {
    /// A module with one covered and one uncovered function on `main`.
    fn new() -> Self {
        let runner = Runner::new(&Event::push());
        let folder = runner.path("robot");
        std::fs::create_dir(&folder).unwrap();
        let module = GoModule::at(&folder).file("robot/robot.go", ROBOT).test(
            "robot",
            "TestCovered",
            "_ = Covered()",
        );
        let repository = Repository::init(module.path());
        Self { runner, folder, repository }
    }

    fn write(&self, path: &str, text: &str) {
        write(&self.folder.join(path), text);
    }

    fn profile(&self) {
        let command = self.runner.step("go", &self.folder).args([
            "test",
            "-covermode=atomic",
            "-coverprofile=c.out",
            "./...",
        ]);
        command.run(&Cancellation::default()).unwrap().require_success(&command).unwrap();
    }

    fn gate(&self, flags: &[&str]) -> (Option<i32>, Value) {
        self.gate_in(&self.folder, flags)
    }

    fn gate_in(&self, folder: &Path, flags: &[&str]) -> (Option<i32>, Value) {
        let step = self.runner.step(env!("CARGO_BIN_EXE_robot-coverage-gate"), folder);
        let step = step.arg("--profiles=c.out").args(flags.iter().copied());
        let code = step.run(&Cancellation::default()).unwrap().code;
        (code, self.runner.result("coverage-gate"))
    }
}

#[test]
fn the_total_is_what_go_says_and_gates() {
    let world = World::new();
    world.profile();
    let (code, result) = world.gate(&["--total=50"]);
    assert_eq!((code, &result["outputs"]["total"]), (Some(0), &50.0.into()), "{result}");
    let told = Command::new("go").args(["tool", "cover", "-func=c.out"]);
    let told = told.current_directory(&world.folder).run(&Cancellation::default()).unwrap();
    assert!(String::from_utf8_lossy(&told.stdout).contains("50.0%"));
    let (code, result) = world.gate(&["--total=50.1"]);
    assert_eq!((code, &result["cause"]), (Some(10), &"total".into()), "{result}");
}

#[test]
fn only_what_the_change_adds_counts_for_the_patch() {
    let world = World::new();
    let more = "\nfunc More(n int) int {\n\tif n > 0 {\n\t\treturn 3\n\t}\n\treturn 4\n}\n";
    world.repository.git(&["checkout", "--quiet", "-b", "change"]);
    world.write("robot/robot.go", &(ROBOT.to_owned() + more));
    world.write(
        "robot/more_test.go",
        "package robot\n\nimport \"testing\"\n\nfunc TestMore(t *testing.T) { _ = More(0) }\n",
    );
    world.repository.commit("change");
    world.profile();
    let (code, result) = world.gate(&["--base=main", "--patch=60"]);
    assert_eq!(code, Some(0), "{result}");
    let patch = result["outputs"]["patch"].as_f64().unwrap();
    assert!((patch - 200.0 / 3.0).abs() < 0.01, "{patch}");
    let (code, result) = world.gate(&["--base=main", "--patch=67"]);
    assert_eq!((code, &result["cause"]), (Some(10), &"patch".into()), "{result}");
    // The uncovered line that was there before is not the change's.
    let report = result["report"].to_string();
    assert!(report.contains("\"line\":12") && !report.contains("\"line\":7"), "{report}");
}

#[test]
fn comments_leave_out_only_with_a_reason() {
    let world = World::new();
    world.write("robot/robot.go", &ROBOT.replace("Not() int {", "Not() int { // coverage-ignore"));
    world.profile();
    let (_, result) = world.gate(&[]);
    assert_eq!(result["outputs"]["total"], 50.0, "{result}");
    assert!(result["report"].to_string().contains("write why"), "{result}");
    world.write(
        "robot/robot.go",
        &ROBOT.replace("Not() int {", "Not() int { //coverage:ignore no such server in tests"),
    );
    world.profile();
    let (_, result) = world.gate(&[]);
    assert_eq!(
        (&result["outputs"]["total"], &result["outputs"]["ignored"]),
        (&100.0.into(), &1.into())
    );
}

#[test]
fn evidence_that_is_missing_broken_or_of_other_files_is_never_green() {
    let world = World::new();
    let gate = |what: &str, said: &str| {
        let (code, result) = world.gate(&[]);
        assert_eq!(code, Some(3), "{what}: {result}");
        assert!(result["failure"].to_string().contains(said), "{what}: {result}");
    };
    gate("missing", "no cover profile");
    world.write("c.out", "");
    gate("empty", "empty");
    world.profile();
    let text = std::fs::read_to_string(world.folder.join("c.out")).unwrap();
    world.write("c.out", &text[..text.len() - 5]);
    gate("cut off", "sound cover profile");
    world.write("c.out", &text);
    world.write("robot/robot.go", "package robot\n");
    gate("another file", "shorter than the profile says");
    std::fs::remove_file(world.folder.join("robot/robot.go")).unwrap();
    gate("no file", "not here");
}

#[test]
fn a_clone_that_is_too_shallow_says_how_to_mend_it() {
    let world = World::new();
    world.repository.git(&["checkout", "--quiet", "-b", "change"]);
    world.repository.commit("change");
    world.profile();
    let shallow = world.runner.path("shallow");
    let from = format!("file://{}", world.folder.display());
    world.repository.git(&["clone", "--quiet", "--depth=1", &from, shallow.to_str().unwrap()]);
    std::fs::copy(world.folder.join("c.out"), shallow.join("c.out")).unwrap();
    let (code, result) = world.gate_in(&shallow, &["--base=main"]);
    assert_eq!(code, Some(3), "{result}");
    assert!(result["failure"].to_string().contains("fetch-depth: 2"), "{result}");
}
