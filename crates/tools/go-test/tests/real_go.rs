//! The real `go` on a real module, through the binary, as a user runs it.

#![expect(clippy::unwrap_used, reason = "helpers of tests are not #[test] functions themselves")]

use robot_process::{Cancellation, Command, Finished};
use serde_json::Value;
use std::path::Path;
use tempfile::TempDir;

const PASSING: &str = "package m

import (
	\"os\"
	\"testing\"
)

func TestReads(t *testing.T) {
	data, err := os.ReadFile(\"testdata/answer\")
	if err != nil || len(data) == 0 {
		t.Fatal(err)
	}
}
";

struct Module {
    folder: TempDir,
}

impl Module {
    fn new(files: &[(&str, &str)]) -> Self {
        let module = Self { folder: tempfile::tempdir().unwrap() };
        module.write("go.mod", "module example.com/m\n\ngo 1.19\n");
        files.iter().for_each(|(path, text)| module.write(path, text));
        module
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Runs the tool; gives its exit code and `result.json`.
    fn test(&self, flags: &[&str]) -> (Finished, Value) {
        let results = self.folder.path().join("results");
        let finished = Command::new(env!("CARGO_BIN_EXE_robot-go-test"))
            .args(flags.iter().copied())
            .current_directory(self.folder.path())
            .env("RUNNER_TEMP", results.as_os_str())
            .env("GITHUB_ACTIONS", "false")
            .run(&Cancellation::default())
            .unwrap();
        (finished, read(&results.join("robot/go-test.result.json")))
    }
}

fn read(path: &Path) -> Value {
    let text = std::fs::read(path).unwrap_or_else(|_| b"null".to_vec());
    serde_json::from_slice(&text).unwrap()
}

#[test]
fn a_pass_is_reused_until_a_file_that_it_reads_changes() {
    let module = Module::new(&[("m_test.go", PASSING), ("testdata/answer", "42")]);
    // Go does not trust files younger than two seconds: age it, as `git` and caches do.
    let age = |seconds: u64| {
        let past = std::time::SystemTime::now() - std::time::Duration::from_secs(seconds);
        let file = std::fs::File::options()
            .write(true)
            .open(module.folder.path().join("testdata/answer"))
            .unwrap();
        file.set_modified(past).unwrap();
    };
    age(1000);
    let (finished, first) = module.test(&[]);
    assert_eq!(finished.code, Some(0), "{}", String::from_utf8_lossy(&finished.stdout));
    assert_eq!(first["verdict"], "pass");
    let (_, second) = module.test(&[]);
    assert_eq!(second["outputs"]["reused-packages"], 1);
    module.write("testdata/answer", "43");
    age(900);
    let (_, third) = module.test(&[]);
    assert_eq!(third["outputs"]["reused-packages"], 0);
}

#[test]
fn every_kind_of_failure_is_named_with_its_place_and_exits_10() {
    let cases = [
        ("fail", "func TestX(t *testing.T) { t.Error(\"no\") }"),
        ("panic", "func TestX(t *testing.T) { panic(\"no\") }"),
        ("fatal", "func TestX(t *testing.T) { var m sync.Mutex; m.Unlock() }"),
        ("timeout", "func TestX(t *testing.T) { select {} }"),
        ("build-fail", "func TestX(t *testing.T) { undefined() }"),
    ];
    for (cause, body) in cases {
        let imports = if cause == "fatal" { "import \"sync\"\n" } else { "" };
        let source = format!("package m\n{imports}import \"testing\"\n\n\n{body}\n");
        let module = Module::new(&[("m_test.go", &source)]);
        module.write("robot.yml", "go-test: {layers: {unit: {race: false, timeout: 2s}}}\n");
        let (finished, result) = module.test(&["--coverage=false"]);
        assert_eq!(finished.code, Some(10), "{cause}");
        assert_eq!(result["cause"], cause, "{}", String::from_utf8_lossy(&finished.stdout));
        let finding = &result["report"]["blocks"][0]["findings"][0];
        if matches!(cause, "fail" | "panic" | "build-fail") {
            assert_eq!(finding["location"]["path"], "m_test.go", "{cause}: {finding}");
            assert_eq!(finding["location"]["line"], 5, "{cause}: {finding}");
        }
    }
}

#[test]
fn no_tests_prove_nothing() {
    let module = Module::new(&[("m.go", "package m\n")]);
    let (finished, result) = module.test(&[]);
    assert_eq!((finished.code, &result["cause"]), (Some(11), &"no-tests".into()));
}
