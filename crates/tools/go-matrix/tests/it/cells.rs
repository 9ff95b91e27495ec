//! Real Go of two versions and an SDK of our own, served from a folder: what the cells come to.

use robot_process::Cancellation;
use robot_testkit::{Event, GoModule, Runner};
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::Path;
use zip::write::SimpleFileOptions;

/// The SDK: every version does the same, unless Go is older than 1.20.
const V1_8: &str = "package sdk

import \"errors\"

// Wrap joins errors.
func Wrap(format string, errs ...interface{}) error { return errors.New(format) }

// Comparable says whether v can be compared.
func Comparable(v interface{}) bool { return true }
";
/// `go vet` of Go 1.19 knows one `%w` in a format.
const V1_9: &str = "package sdk

import \"fmt\"

// Wrap joins errors.
func Wrap(format string, errs ...interface{}) error { return fmt.Errorf(format, errs...) }

// Comparable says whether v can be compared.
func Comparable(v interface{}) bool { return true }
";
/// `reflect.Value` has the method since Go 1.20.
const V1_10: &str = "package sdk

import (
\t\"errors\"
\t\"reflect\"
)

// Wrap joins errors.
func Wrap(format string, errs ...interface{}) error { return errors.New(format) }

// Comparable says whether v can be compared.
func Comparable(v interface{}) bool {
\tmethod := reflect.ValueOf(reflect.ValueOf(v)).MethodByName(\"Comparable\")
\treturn method.Call(nil)[0].Bool()
}
";

/// A module proxy as a folder: <https://go.dev/ref/mod#goproxy-protocol>.
pub(crate) fn publish(proxy: &Path, version: &str, source: &str, go: &str) {
    let folder = proxy.join("example.com/sdk/@v");
    std::fs::create_dir_all(&folder).unwrap();
    let module = format!("module example.com/sdk\n\ngo {go}\n");
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).unwrap();
    write(&format!("{version}.info"), format!("{{\"Version\":\"{version}\"}}").as_bytes());
    write(&format!("{version}.mod"), module.as_bytes());
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in [("go.mod", module.as_str()), ("sdk.go", source)] {
        let name = format!("example.com/sdk@{version}/{name}");
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    write(&format!("{version}.zip"), &zip.finish().unwrap().into_inner());
}

/// A robot on the SDK, with the proxy beside it.
pub(crate) fn robot() -> (GoModule, tempfile::TempDir) {
    let proxy = tempfile::tempdir().unwrap();
    for (version, source) in [("v1.8.0", V1_8), ("v1.9.0", V1_9), ("v1.10.0", V1_10)] {
        publish(proxy.path(), version, source, "1.19");
    }
    publish(proxy.path(), "v1.11.0", V1_8, "1.22");
    let module = GoModule::new()
        .file("go.mod", "module example.com/m\n\ngo 1.19\n\nrequire example.com/sdk v1.8.0\n")
        .file(
            "m.go",
            "package m\n\nimport (\n\t\"io\"\n\n\t\"example.com/sdk\"\n)\n\nfunc joined() error { return sdk.Wrap(\"%w: %w\", io.EOF, io.ErrShortBuffer) }\n",
        )
        .file(
            "m_test.go",
            "package m\n\nimport (\n\t\"testing\"\n\n\t\"example.com/sdk\"\n)\n\nfunc TestRobot(t *testing.T) {\n\tif joined() == nil || !sdk.Comparable(1) {\n\t\tt.Fatal(\"wrong\")\n\t}\n}\n",
        );
    (module, proxy)
}

/// Runs the tool in a job; its exit code.
pub(crate) fn step(
    runner: &Runner,
    folder: &Path,
    proxy: &Path,
    arguments: &[&str],
) -> Option<i32> {
    let proxies = format!("file://{},https://proxy.golang.org", proxy.display());
    step_by(runner, folder, &proxies, arguments)
}

/// The same with a list of proxies.
pub(crate) fn step_by(
    runner: &Runner,
    folder: &Path,
    proxies: &str,
    arguments: &[&str],
) -> Option<i32> {
    let step = runner
        .step(env!("CARGO_BIN_EXE_robot-go-matrix"), folder)
        .args(arguments.iter().copied())
        .env("GOPROXY", proxies)
        .env("GONOSUMDB", "example.com");
    step.run(&Cancellation::default()).unwrap().code
}

pub(crate) fn run(module: &GoModule, proxy: &Path, settings: &str) -> (Option<i32>, Value) {
    std::fs::write(module.path().join("robot.yml"), settings).unwrap();
    let runner = Runner::new(&Event::push());
    let code = step(&runner, module.path(), proxy, &[]);
    (code, runner.result("go-matrix"))
}

#[test]
fn each_cell_says_what_works() {
    let (module, proxy) = robot();
    let before = std::fs::read_to_string(module.path().join("go.mod")).unwrap();
    let settings = "go-matrix:
  go: ['1.19.13', '1.22.12']
  modules:
    example.com/sdk: [v1.8.0, v1.9.0, v1.10.0, v1.11.0]
";
    let (code, result) = run(&module, proxy.path(), settings);
    assert_eq!(
        result["outputs"]["cells"],
        json!({
            "go1.19.13 × sdk v1.8.0": "pass",
            "go1.19.13 × sdk v1.9.0": "warn",
            "go1.19.13 × sdk v1.10.0": "panic",
            "go1.19.13 × sdk v1.11.0": "unsupported",
            "go1.22.12 × sdk v1.8.0": "pass",
            "go1.22.12 × sdk v1.9.0": "pass",
            "go1.22.12 × sdk v1.10.0": "pass",
            "go1.22.12 × sdk v1.11.0": "pass",
        }),
        "{result}"
    );
    assert_eq!((code, &result["cause"]), (Some(10), &"failed".into()));
    let report = result["report"].to_string();
    let border = "last good: go1.19.13 × sdk v1.9.0; first bad: go1.19.13 × sdk v1.10.0";
    assert!(report.contains(border), "{report}");
    assert!(report.contains("more than one error-wrapping directive"), "{report}");
    assert!(report.contains("example.com/sdk@v1.11.0/go.mod:3: `go 1.22`"), "{report}");
    // Nothing is written to the work tree.
    assert_eq!(std::fs::read_to_string(module.path().join("go.mod")).unwrap(), before);
    assert!(!module.path().join("go.sum").exists());
}

#[test]
fn what_cannot_be_tried_is_not_green() {
    let (module, proxy) = robot();
    let settings = "go-matrix: {go: ['1.22.12'], modules: {example.com/sdk: [v1.8.0, v9.9.9]}}\n";
    let (code, result) = run(&module, proxy.path(), settings);
    assert_eq!((code, &result["cause"]), (Some(11), &"not-tried".into()), "{result}");
    assert_eq!(result["outputs"]["cells"]["go1.22.12 × sdk v1.8.0"], "pass", "{result}");

    let absent = "go-matrix: {go: ['1.22.99'], modules: {example.com/sdk: [v1.8.0]}}\n";
    let (code, result) = run(&module, proxy.path(), absent);
    assert_eq!((code, &result["cause"]), (Some(11), &"not-tried".into()), "{result}");

    // Neither is a cell without a test.
    std::fs::remove_file(module.path().join("m_test.go")).unwrap();
    let untested = "go-matrix: {go: ['1.22.12'], modules: {example.com/sdk: [v1.8.0]}}\n";
    let (code, result) = run(&module, proxy.path(), untested);
    assert_eq!((code, &result["cause"]), (Some(11), &"not-tried".into()), "{result}");

    std::fs::write(module.path().join("go.mod"), "module example.com/m\n\ngo 1.23.0\n").unwrap();
    let (code, result) = run(&module, proxy.path(), "go-matrix: {go: ['1.19.13', '1.22.12']}\n");
    assert_eq!((code, &result["cause"]), (Some(11), &"all-unsupported".into()), "{result}");
}
