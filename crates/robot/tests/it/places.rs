//! Paths of findings are those of the repository, wherever a tool ran.

use robot_process::{Cancellation, Command};
use robot_testkit::write;
use serde_json::Value;

/// What `robot go-vet` finds first in folder `robot` of a repository, on a laptop.
fn vetted(files: &[(&str, &str)]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join("repository").join(name);
    std::fs::create_dir_all(path(".git")).unwrap();
    for (name, text) in files {
        write(&path(name), text);
    }
    let temporary = folder.path().join("temp");
    let vet = Command::new(env!("CARGO_BIN_EXE_robot"))
        .arg("go-vet")
        .current_directory(path("robot"))
        .env("RUNNER_TEMP", temporary.as_os_str())
        .env("GITHUB_ACTIONS", "false");
    let finished = vet.run(&Cancellation::default()).unwrap();
    let said = String::from_utf8_lossy(&finished.stdout).into_owned();
    assert_eq!(finished.code, Some(10), "{said}");
    let result = std::fs::read(temporary.join("robot/go-vet.result.json")).unwrap();
    let result: Value = serde_json::from_slice(&result).unwrap();
    let finding = result["report"]["blocks"][0]["findings"][0].clone();
    let shown = finding["location"]["path"].as_str().unwrap_or("no place");
    assert!(said.contains(shown), "{said}");
    finding
}

const MODULE: (&str, &str) = ("robot/go.mod", "module example.com/robot\n\ngo 1.21\n");
const BROKEN: &str = "import \"fmt\"\n\nfunc F() { fmt.Printf(\"%d\", \"x\") }\n";

#[test]
fn a_laptop_names_files_from_the_repositorys_root() {
    let source = format!("package a\n\n{BROKEN}");
    let finding = vetted(&[MODULE, ("robot/pkg/a.go", &source)]);
    assert_eq!(finding["location"]["path"], "robot/pkg/a.go", "{finding}");
    assert_eq!(finding["location"]["line"], 5, "{finding}");
}

#[test]
fn the_fingerprint_of_a_finding_does_not_move_with_its_line() {
    let fingerprint = |between: &str| {
        let source = format!("package a\n{between}\n{BROKEN}");
        let finding = vetted(&[MODULE, ("robot/pkg/a.go", &source)]);
        finding["fingerprint"].as_str().unwrap().to_owned()
    };
    assert_eq!(fingerprint(""), fingerprint("\n\n\n"));
}
