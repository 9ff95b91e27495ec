//! A matrix that is planned, tested in parts and merged.

use crate::cells::{robot, step};
use robot_testkit::{Event, GoModule, Runner};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const SETTINGS: &str = "go-matrix:
  go: ['1.22.12']
  modules:
    example.com/sdk: [v1.8.0, v1.9.0, v1.10.0]
";

/// One job: its exit code and result; `cells.json` of it lies in `left` afterwards.
fn job(
    module: &GoModule,
    proxy: &Path,
    arguments: &[&str],
    left: Option<&Path>,
) -> (Option<i32>, Value) {
    let runner = Runner::new(&Event::push());
    let code = step(&runner, module.path(), proxy, arguments);
    if let Some(left) = left {
        fs::create_dir_all(left.join("go-matrix")).unwrap();
        fs::copy(runner.path("temp/robot/go-matrix/cells.json"), left.join("go-matrix/cells.json"))
            .unwrap();
    }
    let verb = arguments.first().filter(|first| !first.starts_with('-'));
    let name = verb.map_or("go-matrix".to_owned(), |verb| format!("go-matrix-{verb}"));
    (code, runner.result(&name))
}

/// The plan of a robot, and the results of its jobs in a folder.
fn divided() -> (GoModule, TempDir, TempDir, String) {
    let (module, proxy) = robot();
    fs::write(module.path().join("robot.yml"), SETTINGS).unwrap();
    let (code, planned) = job(&module, proxy.path(), &["plan", "--jobs=2"], None);
    assert_eq!(code, Some(0), "{planned}");
    let plan = planned["outputs"]["plan"].as_str().unwrap().to_owned();
    assert_eq!(
        plan,
        "go1.22.12 example.com/sdk@v1.8.0,go1.22.12 example.com/sdk@v1.9.0,go1.22.12 example.com/sdk@v1.10.0"
    );
    let matrix: Value =
        serde_json::from_str(planned["outputs"]["matrix"].as_str().unwrap()).unwrap();
    let jobs = matrix["include"].as_array().unwrap();
    assert_eq!(jobs.len(), 2);
    let results = tempfile::tempdir().unwrap();
    for one in jobs {
        let cells = format!("--cells={}", one["cells"].as_str().unwrap());
        let left = results.path().join(format!("robot-matrix-{}", one["job"]));
        let (code, result) = job(&module, proxy.path(), &[&cells], Some(&left));
        assert_eq!(code, Some(0), "{result}");
    }
    (module, proxy, results, plan)
}

#[test]
fn a_divided_matrix_comes_to_one_table_and_one_verdict() {
    let (module, proxy, results, plan) = divided();
    let folder = format!("--results={}", results.path().display());
    let plan = format!("--plan={plan}");
    let merge = || job(&module, proxy.path(), &["merge", &folder, &plan], None);
    let (code, result) = merge();
    assert_eq!(code, Some(0), "{result}");
    assert_eq!(
        result["outputs"]["cells"],
        json!({
            "go1.22.12 × sdk v1.8.0": "pass",
            "go1.22.12 × sdk v1.9.0": "pass",
            "go1.22.12 × sdk v1.10.0": "pass",
        })
    );
    assert!(result["report"].to_string().contains("Go × sdk"), "{result}");

    // What cannot be read, is of another commit or is missing makes its cells inconclusive.
    let file = results.path().join("robot-matrix-2/go-matrix/cells.json");
    let whole = fs::read_to_string(&file).unwrap();
    let mut other: Value = serde_json::from_str(&whole).unwrap();
    other["commit"] = "0000000000000000000000000000000000000000".into();
    let mut other_run: Value = serde_json::from_str(&whole).unwrap();
    other_run["run"] = 7.into();
    let mut other_robot: Value = serde_json::from_str(&whole).unwrap();
    other_robot["folder"] = "robots/b".into();
    for (text, told) in [
        (whole[..whole.len() / 2].to_owned(), "robot-matrix-2/go-matrix/cells.json does not count"),
        (other.to_string(), "it belongs to commit 0000000"),
        (other_run.to_string(), "it belongs to another run"),
        (other_robot.to_string(), "it belongs to the robot in `robots/b`"),
        (whole.replace("robot.cells/v1", "robot.cells/v9"), "another version of robot-actions"),
    ] {
        fs::write(&file, text).unwrap();
        let (code, result) = merge();
        assert_eq!((code, &result["cause"]), (Some(11), &"not-tried".into()), "{result}");
        let report = result["report"].to_string();
        assert!(report.contains(told) && report.contains("no job left a result of it"), "{report}");
    }
    fs::remove_file(&file).unwrap();
    let (code, result) = merge();
    assert_eq!((code, &result["cause"]), (Some(11), &"not-tried".into()), "{result}");

    // A failed cell of any job fails the whole.
    fs::write(&file, whole.replacen("\"pass\"", "\"panic\"", 1)).unwrap();
    let (code, result) = merge();
    assert_eq!((code, &result["cause"]), (Some(10), &"failed".into()), "{result}");
    // Results of cells that nobody planned prove nothing.
    let other = "--plan=go1.21.1 example.com/sdk@v1.8.0";
    let (code, result) = job(&module, proxy.path(), &["merge", &folder, other], None);
    assert_eq!((code, &result["cause"]), (Some(11), &"not-tried".into()), "{result}");
    assert!(result["report"].to_string().contains("not in the plan"), "{result}");
    // Neither does a merge without a plan.
    let (code, result) = job(&module, proxy.path(), &["merge", &folder], None);
    assert_eq!((code, &result["cause"]), (Some(11), &"no-plan".into()), "{result}");
    assert!(result["report"].to_string().contains("`plan` is missing"), "{result}");
}

#[test]
fn a_job_is_told_only_cells_of_its_matrix() {
    let (module, proxy) = robot();
    fs::write(module.path().join("robot.yml"), SETTINGS).unwrap();
    for cells in ["--cells=go1.22.12", "--cells=go1.22.12 example.com/other@v1", "--cells=x"] {
        let (code, result) = job(&module, proxy.path(), &[cells], None);
        assert_eq!(code, Some(2), "{result}");
        assert!(result.to_string().contains("is not a cell of this matrix"), "{result}");
    }
}
