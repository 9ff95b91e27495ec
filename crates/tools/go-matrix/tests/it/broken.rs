//! What is broken, missing or too much: the cells that it concerns are not green, the others finish.

use crate::cells::{publish, robot, run, step, step_by};
use robot_process::Cancellation;
use robot_testkit::{Event, GoModule, Runner, scrubbed};
use serde_json::Value;
use std::fs;
use std::path::Path;

fn cells(result: &Value) -> &Value {
    &result["outputs"]["cells"]
}

/// Runs go in the module, with the modules of the proxy.
fn go(module: &GoModule, proxy: &Path, arguments: &[&str]) {
    let go = scrubbed("go")
        .args(arguments.iter().copied())
        .current_directory(module.path())
        .env("GOPROXY", format!("file://{},https://proxy.golang.org", proxy.display()))
        .env("GONOSUMDB", "example.com");
    assert!(go.run(&Cancellation::default()).unwrap().success(), "{arguments:?}");
}

#[test]
fn a_toolchain_that_is_cut_off_is_told_and_the_other_cells_finish() {
    let (module, proxy) = robot();
    let folder = proxy.path().join("golang.org/toolchain/@v");
    fs::create_dir_all(&folder).unwrap();
    let name = format!("v0.0.1-go1.20.1.linux-{}", robot_architecture());
    fs::write(folder.join(format!("{name}.info")), format!("{{\"Version\":\"{name}\"}}")).unwrap();
    fs::write(folder.join(format!("{name}.mod")), "module golang.org/toolchain\n").unwrap();
    // The first half of a zip, which has its list of files at the end.
    let whole = fs::read(proxy.path().join("example.com/sdk/@v/v1.8.0.zip")).unwrap();
    fs::write(folder.join(format!("{name}.zip")), &whole[..whole.len() / 2]).unwrap();
    let settings = "go-matrix: {go: ['1.20.1', '1.22.12'], modules: {example.com/sdk: [v1.8.0]}}\n";
    let (code, result) = run(&module, proxy.path(), settings);
    assert_eq!((code, &result["cause"]), (Some(11), &"not-tried".into()), "{result}");
    assert_eq!(cells(&result)["go1.20.1 × sdk v1.8.0"], "inconclusive", "{result}");
    assert_eq!(cells(&result)["go1.22.12 × sdk v1.8.0"], "pass", "{result}");
    assert!(result["report"].to_string().contains("Go 1.20.1 cannot be had"), "{result}");
}

/// As Go names it.
fn robot_architecture() -> &'static str {
    if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" }
}

#[test]
fn go_sum_is_obeyed_where_it_knows_a_version_and_not_written_where_it_does_not() {
    let (module, proxy) = robot();
    go(&module, proxy.path(), &["mod", "tidy"]);
    let sums = module.path().join("go.sum");
    let known = fs::read_to_string(&sums).unwrap();
    assert!(known.contains("example.com/sdk v1.8.0 h1:"), "{known}");
    let settings = "go-matrix: {go: ['1.22.12'], modules: {example.com/sdk: [v1.8.0, v1.9.0]}}\n";
    let (code, result) = run(&module, proxy.path(), settings);
    assert_eq!(code, Some(0), "{result}");
    assert_eq!(fs::read_to_string(&sums).unwrap(), known);

    // The same version with other code than go.sum says.
    let lines = "example.com/sdk v1.9.0 h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
    fs::write(&sums, format!("{known}{lines}")).unwrap();
    let (code, result) = run(&module, proxy.path(), settings);
    assert_eq!((code, &result["cause"]), (Some(11), &"not-tried".into()), "{result}");
    assert_eq!(cells(&result)["go1.22.12 × sdk v1.8.0"], "pass", "{result}");
    assert_eq!(cells(&result)["go1.22.12 × sdk v1.9.0"], "inconclusive", "{result}");
    assert!(result["report"].to_string().contains("checksum mismatch"), "{result}");
}

#[test]
fn two_hundred_cells_fit_and_three_hundred_are_refused() {
    let (module, proxy) = robot();
    let text = "module example.com/m\n\ngo 1.26.0\n\nrequire example.com/sdk v1.8.0\n";
    fs::write(module.path().join("go.mod"), text).unwrap();
    let settings = |versions: usize| {
        let go: Vec<String> = (1..=10).map(|patch| format!("'1.21.{patch}'")).collect();
        let sdk: Vec<String> = (0..versions).map(|minor| format!("v1.{minor}.0")).collect();
        format!(
            "go-matrix: {{go: [{}], modules: {{example.com/sdk: [{}]}}}}\n",
            go.join(", "),
            sdk.join(", ")
        )
    };
    let (code, result) = run(&module, proxy.path(), &settings(20));
    assert_eq!((code, &result["cause"]), (Some(11), &"all-unsupported".into()), "{result}");
    assert_eq!(cells(&result).as_object().unwrap().len(), 200);
    assert!(result["report"].to_string().contains("go.mod:3: `go 1.26.0` is above Go 1.21.1"));
    let (code, result) = run(&module, proxy.path(), &settings(30));
    assert_eq!(code, Some(2), "{result}");
    assert!(result.to_string().contains("the matrix has more than 256 cells"), "{result}");
}

#[test]
fn a_version_without_a_package_does_not_compile() {
    let (module, proxy) = robot();
    let text = "package m\n\nimport _ \"example.com/sdk/more\"\n";
    fs::write(module.path().join("more_test.go"), text).unwrap();
    let settings = "go-matrix: {go: ['1.22.12'], modules: {example.com/sdk: [v1.8.0]}}\n";
    fs::write(module.path().join("robot.yml"), settings).unwrap();
    let runner = Runner::new(&Event::push());
    // The toolchain is there already, as below no proxy has it.
    let toolchain = scrubbed("go")
        .arg("version")
        .current_directory(module.path())
        .env("GOPROXY", "https://proxy.golang.org")
        .env("GOTOOLCHAIN", "go1.22.12");
    assert!(toolchain.run(&Cancellation::default()).unwrap().success());
    // A proxy that knows no other module.
    let proxies = format!("file://{}", proxy.path().display());
    let code = step_by(&runner, module.path(), &proxies, &[]);
    let result = runner.result("go-matrix");
    assert_eq!((code, &result["cause"]), (Some(10), &"failed".into()), "{result}");
    assert_eq!(cells(&result)["go1.22.12 × sdk v1.8.0"], "build-fail", "{result}");
}

#[test]
fn vendored_code_is_tested_where_no_other_version_is_asked_for() {
    let (module, proxy) = robot();
    go(&module, proxy.path(), &["mod", "tidy"]);
    go(&module, proxy.path(), &["mod", "vendor"]);
    let vendored = module.path().join("vendor/example.com/sdk/sdk.go");
    let text = fs::read_to_string(&vendored).unwrap();
    let broken = text.replace("return true", "return false");
    assert_ne!(broken, text);
    fs::write(&vendored, broken).unwrap();
    let (code, result) = run(&module, proxy.path(), "go-matrix: {go: ['1.22.12']}\n");
    assert_eq!((code, &cells(&result)["go1.22.12"]), (Some(10), &"fail".into()), "{result}");
    let settings = "go-matrix: {go: ['1.22.12'], modules: {example.com/sdk: [v1.8.0]}}\n";
    let (code, result) = run(&module, proxy.path(), settings);
    assert_eq!(code, Some(0), "{result}");
    fs::write(&vendored, text).unwrap();
    assert_eq!(run(&module, proxy.path(), "go-matrix: {go: ['1.22.12']}\n").0, Some(0));
}

/// A workspace has no go.mod of another name: its cells have a go.work of their own.
#[test]
fn the_modules_of_a_workspace_are_tested_with_each_version() {
    let (module, proxy) = robot();
    publish(proxy.path(), "v1.12.0", "package sdk\n\n// Other is new.\nfunc Other() {}\n", "1.19");
    let root = tempfile::tempdir().unwrap();
    for (folder, name) in [("a", "a"), ("b", "b")] {
        let place = root.path().join(folder);
        fs::create_dir_all(&place).unwrap();
        for file in ["m.go", "m_test.go"] {
            fs::copy(module.path().join(file), place.join(file)).unwrap();
        }
        let text =
            format!("module example.com/{name}\n\ngo 1.19\n\nrequire example.com/sdk v1.8.0\n");
        fs::write(place.join("go.mod"), text).unwrap();
    }
    let work = "go 1.19\n\nuse (\n\t./a\n\t./b\n)\n";
    fs::write(root.path().join("go.work"), work).unwrap();
    let settings = "go-matrix: {go: ['1.22.12'], modules: {example.com/sdk: [v1.8.0, v1.9.0, v1.11.0, v1.12.0]}}\n";
    fs::write(root.path().join("robot.yml"), settings).unwrap();
    let runner = Runner::new(&Event::push());
    let code = step(&runner, root.path(), proxy.path(), &[]);
    let result = runner.result("go-matrix");
    let outcome = |version: &str| cells(&result)[format!("go1.22.12 × sdk {version}")].clone();
    assert_eq!(outcome("v1.8.0"), "pass", "{result}");
    assert_eq!(outcome("v1.9.0"), "pass", "{result}");
    assert_eq!(outcome("v1.11.0"), "pass", "{result}");
    // Both modules need what it lacks.
    assert_eq!(outcome("v1.12.0"), "build-fail", "{result}");
    assert_eq!(code, Some(10), "{result}");
    let report = result["report"].to_string();
    assert!(report.contains("example.com/a") && report.contains("example.com/b"), "{report}");
    assert_eq!(fs::read_to_string(root.path().join("go.work")).unwrap(), work);
    assert!(!root.path().join("go.work.sum").exists());
}
