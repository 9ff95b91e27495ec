//! A Go module that a test makes, and the tool on it.

use robot_process::{Cancellation, Command, Finished};
use robot_testkit::scrubbed;
use serde_json::Value;
use std::path::Path;
use tempfile::TempDir;

/// A test that passes and reads `testdata/answer`.
pub(crate) const PASSING: &str = "package m

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

/// A module of one test, and the tool's binary on it.
pub(crate) struct Module {
    pub(crate) folder: TempDir,
}

impl Module {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let module = Self { folder: tempfile::tempdir().unwrap() };
        module.write("go.mod", "module example.com/m\n\ngo 1.19\n");
        files.iter().for_each(|(path, text)| module.write(path, text));
        module
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Runs the tool; gives its exit code and `result.json`.
    pub(crate) fn test(&self, flags: &[&str]) -> (Finished, Value) {
        let finished = self.command(flags).run(&Cancellation::default()).unwrap();
        (finished, self.result())
    }

    pub(crate) fn command(&self, flags: &[&str]) -> Command {
        scrubbed(env!("CARGO_BIN_EXE_robot-go-test"))
            .args(flags.iter().copied())
            .current_directory(self.folder.path())
            .env("RUNNER_TEMP", self.folder.path().join("results"))
            .env("GITHUB_ACTIONS", "false")
    }

    pub(crate) fn result(&self) -> Value {
        read(&self.folder.path().join("results/robot/go-test.result.json"))
    }

    pub(crate) fn junit(&self) -> String {
        let path = self.folder.path().join("results/robot/go-test/junit.xml");
        std::fs::read_to_string(path).unwrap()
    }
}

pub(crate) fn read(path: &Path) -> Value {
    let text = std::fs::read(path).unwrap_or_else(|_| b"null".to_vec());
    serde_json::from_slice(&text).unwrap()
}

/// One test of package `name`, with imports.
pub(crate) fn package(name: &str, imports: &str, body: &str) -> (String, String) {
    let source = format!(
        "package {name}\n\nimport (\n\t\"testing\"\n{imports})\n\nfunc TestX(t *testing.T) {{\n{body}\n}}\n"
    );
    (format!("{name}/{name}_test.go"), source)
}

/// A test file of package `m` with these imports and declarations.
pub(crate) fn source(imports: &[&str], text: &str) -> String {
    let imports: String = imports.iter().map(|path| format!("import \"{path}\"\n")).collect();
    format!("package m\n\nimport \"testing\"\n{imports}\n{text}\n")
}
