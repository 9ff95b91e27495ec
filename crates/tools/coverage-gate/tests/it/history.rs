//! What earlier runs left, and what this one leaves.

use crate::world::{ROBOT, World};
use robot_testkit::{Event, Runner};
use serde_json::Value;
use std::path::{Path, PathBuf};

fn records(world: &World) -> Vec<PathBuf> {
    let folder = world.runner.path("temp/robot-history/coverage");
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn record(world: &World, commit: &str) -> Value {
    let path = world.runner.path(&format!("temp/robot-history/coverage/{commit}.json"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// A clone of depth 1 with the profile, as actions/checkout makes it.
fn shallow(world: &World, name: &str) -> PathBuf {
    let folder = world.runner.path(name);
    let from = format!("file://{}", world.folder.display());
    world.git(&["clone", "--quiet", "--depth=1", &from, folder.to_str().unwrap()]);
    std::fs::copy(world.folder.join("c.out"), folder.join("c.out")).unwrap();
    folder
}

fn drop_in(world: &World, folder: &Path) -> (Option<i32>, Value) {
    world.gate_in(folder, &["--drop=0"])
}

#[test]
fn a_failed_run_that_is_run_again_fails_again() {
    let world = World::new();
    world.profile();
    // The only record is that of this commit: nothing to compare with.
    for _ in 0..2 {
        let (code, result) = world.gate(&["--drop=0"]);
        let told = result["outputs"]["drop"].as_str().unwrap();
        assert_eq!(
            (code, told),
            (Some(0), "not compared: there is no record of an earlier commit yet")
        );
    }
    world.write("robot/more.go", "package robot\n\nfunc More() {\n\tprintln(1)\n}\n");
    world.repository.commit("more");
    world.profile();
    for _ in 0..2 {
        let (code, result) = drop_in(&world, &world.folder);
        assert_eq!((code, &result["outputs"]["drop"]), (Some(10), &"missed".into()), "{result}");
    }
    // A clone in which the commit before is not to be found: never green.
    let folder = shallow(&world, "shallow");
    for _ in 0..2 {
        let (code, result) = drop_in(&world, &folder);
        assert_eq!((code, &result["cause"]), (Some(11), &"no-baseline".into()), "{result}");
        let said = result["outputs"]["drop"].as_str().unwrap();
        assert!(said.contains("too shallow") && said.contains("fetch-depth"), "{said}");
    }
    // Who sets no `drop` has nothing that rests on it.
    assert_eq!(world.gate_in(&folder, &[]).0, Some(0));
}

/// The event names the commit before, which the clone does not have.
#[test]
fn a_shallow_clone_suffices_where_the_event_names_the_commit() {
    let world = World::new();
    world.profile();
    let before = world.git(&["rev-parse", "HEAD"]).trim().to_owned();
    assert_eq!(world.gate(&[]).0, Some(0));
    world.repository.commit("again");
    let payload = serde_json::json!({
        "before": before,
        "repository": {"default_branch": "main"},
        "ref": "refs/heads/main",
    });
    let runner = world.started_by("push", &"1".repeat(40), &payload);
    let folder = shallow(&world, "shallow");
    let (code, result) = world.gate_as(&runner, &folder, &["--profiles=c.out", "--drop=0"]);
    let outputs = &result["outputs"];
    assert_eq!((code, &outputs["compared-with"]), (Some(0), &before.into()), "{result}");
    assert_eq!(outputs["drop"], "held");
}

#[test]
fn shards_of_one_commit_are_joined_in_its_record() {
    let world = World::new();
    world.write("b/b.go", "package b\n\nfunc B() {\n\tprintln(1)\n}\n");
    let commit = world.repository.commit("b");
    world.profile();
    assert_eq!(world.gate(&[]).0, Some(0));
    let whole = record(&world, &commit)["files"].clone();
    assert_eq!(whole["b/b.go"]["all"], 1);
    // A second cell without package b, below its threshold.
    world.go(&["test", "-coverprofile=c.out", "./robot"]);
    assert_eq!(world.gate(&["--total=99"]).0, Some(10));
    assert_eq!(record(&world, &commit)["files"], whole);
}

#[test]
fn broken_evidence_leaves_nothing() {
    let world = World::new();
    world.write("c.out", "mode: set\n");
    assert_eq!(world.gate(&[]).0, Some(11));
    world.write("c.out", "mode: set\nexample.com/m/robot/robot.go:1.1,2.2 1 1\n");
    assert_eq!(world.gate(&[]).0, Some(11));
    assert!(records(&world).is_empty());
}

/// How coverage for other tools names the file of a robot in `robots/one` of `checkout`.
fn told(world: &World, checkout: &str, workspace: &str) -> String {
    let robot = world.folder.join(checkout).join("robots/one");
    robot_testkit::write(&robot.join("go.mod"), "module example.com/one\n\ngo 1.19\n");
    robot_testkit::write(&robot.join("robot.go"), ROBOT);
    let profile =
        "mode: set\nexample.com/one/robot.go:3.20,5.2 1 1\nexample.com/one/robot.go:7.16,9.2 1 0\n";
    robot_testkit::write(&robot.join("c.out"), profile);
    let runner = Runner::new(&Event::push())
        .set("GITHUB_WORKSPACE", world.folder.join(workspace))
        .set("RUNNER_TEMP", world.runner.path("temp"));
    let flags = ["--profiles=c.out", "--formats=lcov,cobertura"];
    let (code, result) = world.gate_as(&runner, &robot, &flags);
    assert_eq!(code, Some(0), "{result}");
    let read =
        |name: &str| std::fs::read_to_string(result["outputs"][name].as_str().unwrap()).unwrap();
    let lcov = read("lcov");
    let records: Result<Vec<_>, _> = lcov::Reader::new(lcov.as_bytes()).collect();
    let records = records.unwrap();
    let paths = records.iter().filter_map(|record| match record {
        lcov::Record::SourceFile { path } => Some(path.to_str().unwrap().to_owned()),
        _ => None,
    });
    let paths: Vec<String> = paths.collect();
    let lines = records.iter().filter(|record| matches!(record, lcov::Record::LineData { .. }));
    assert_eq!((paths.len(), lines.count()), (1, 6), "{lcov}");
    let path = paths[0].clone();
    let folder = path.strip_suffix("/robot.go").unwrap();
    let cobertura = read("cobertura");
    robot_testkit::parse_xml(&cobertura);
    assert!(cobertura.contains(&format!("filename=\"{path}\"")), "{cobertura}");
    assert!(cobertura.contains(&format!("package name=\"{folder}\"")), "{cobertura}");
    path
}

#[test]
fn paths_for_other_tools_are_those_of_the_repository() {
    let world = World::new();
    for (checkout, git, workspace, path) in [
        ("", "", "", "robots/one/robot.go"),
        ("below", "dir", "", "robots/one/robot.go"),
        ("sub", "gitdir: ../.git/modules/sub", "", "sub/robots/one/robot.go"),
        ("tree", "gitdir: /r/.git/worktrees/tree", "", "robots/one/robot.go"),
        ("outside", "dir", "nowhere", "robots/one/robot.go"),
    ] {
        match git {
            "" => {}
            "dir" => robot_testkit::write(&world.folder.join(checkout).join(".git/HEAD"), ""),
            file => robot_testkit::write(&world.folder.join(checkout).join(".git"), file),
        }
        assert_eq!(told(&world, checkout, workspace), path, "{checkout}");
    }
}
