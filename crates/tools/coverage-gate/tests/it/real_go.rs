//! Profiles of the real `go`, changes of the real git, through the binary.

use crate::world::{ROBOT, World};
use robot_process::{Cancellation, Command};
use robot_testkit::Event;
use serde_json::Value;

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
    assert!(report.contains("\"line\":13") && !report.contains("\"line\":8"), "{report}");
}

#[test]
fn comments_leave_out_only_with_a_reason() {
    let world = World::new();
    world.write("robot/robot.go", &ROBOT.replace("Not() int {", "Not() int { // coverage-ignore"));
    world.profile();
    let (_, result) = world.gate(&[]);
    assert_eq!(result["outputs"]["total"], 50.0, "{result}");
    assert!(result["report"].to_string().contains("add the reason"), "{result}");
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
        assert_eq!(code, Some(11), "{what}: {result}");
        assert!(result["failure"].to_string().contains(said), "{what}: {result}");
    };
    gate("missing", "the cover profile");
    world.write("c.out", "");
    gate("empty", "empty");
    world.profile();
    let text = std::fs::read_to_string(world.folder.join("c.out")).unwrap();
    world.write("c.out", &text[..text.len() - 5]);
    gate("cut off", "valid cover profile");
    world.write("c.out", &text);
    world.write("robot/robot.go", "package robot\n");
    gate("another file", "where no code begins");
    world.write("robot/robot.go", &format!("{ROBOT}\nfunc Later() int {{\n\treturn 3\n}}\n"));
    gate("cut off between lines", "lacks the statement at robot/robot.go:12");
    std::fs::remove_file(world.folder.join("robot/robot.go")).unwrap();
    gate("no file", "does not exist in this checkout");
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

/// As a workflow would: the folder of a push's job is that of the pull request's.
#[test]
fn a_pull_request_is_compared_with_the_record_of_its_base() {
    let main = World::new();
    main.profile();
    let history = main.runner.path("temp/robot-history");
    let (code, result) = main.gate(&["--drop=0"]);
    // A first run has nothing to compare with, says so, and leaves its record.
    let said = result["report"]["headline"].as_str().unwrap();
    assert!(
        said.contains("drop: not compared, because there is no record of an earlier commit"),
        "{said}"
    );
    assert_eq!((code, &result["outputs"]["change"]), (Some(0), &Value::Null), "{result}");
    assert_eq!(std::fs::read_dir(history.join("coverage")).unwrap().count(), 1);

    let change = World::on(&Event::pull_request(7, &"3".repeat(40), false));
    let gate = |flags: &[&str]| {
        let history = format!("--history={}", history.display());
        let flags: Vec<&str> = flags.iter().copied().chain([history.as_str()]).collect();
        change.gate_in(&main.folder, &flags)
    };
    main.repository.git(&["checkout", "--quiet", "-b", "change"]);
    main.write(
        "robot/worse.go",
        "package robot\n\nfunc Worse() {\n\tprintln(1)\n\tprintln(2)\n}\n",
    );
    main.repository.commit("change");
    main.profile();
    let (code, result) = gate(&["--base=main", "--drop=25"]);
    assert_eq!((code, &result["outputs"]["change"]), (Some(0), &(-25.0).into()), "{result}");
    assert!(result["report"].to_string().contains("Change by package"), "{result}");
    let (code, result) = gate(&["--base=main", "--drop=24.9"]);
    assert_eq!((code, &result["cause"]), (Some(10), &"drop".into()), "{result}");
    let (code, result) = gate(&["--base=main", "--drop=24.9", "--mode=report"]);
    assert_eq!((code, &result["verdict"]), (Some(0), &"warn".into()), "{result}");
    // A pull request writes nothing, and a record that is not sound never fails it.
    let records: Vec<_> = std::fs::read_dir(history.join("coverage")).unwrap().collect();
    assert_eq!(records.len(), 1);
    std::fs::write(records[0].as_ref().unwrap().path(), "{").unwrap();
    let (code, result) = gate(&["--base=main"]);
    assert_eq!(code, Some(0), "{result}");
    assert!(result["report"].to_string().contains("set aside"), "{result}");
    // But what rests on it is not told, now and until there is one that can be read.
    for _ in 0..2 {
        let (code, result) = gate(&["--base=main", "--drop=0"]);
        assert_eq!((code, &result["cause"]), (Some(11), &"no-baseline".into()), "{result}");
        let said = result["report"]["headline"].as_str().unwrap();
        assert!(said.contains("drop: not compared, because"), "{said}");
        assert!(result["outputs"]["drop"].as_str().unwrap().starts_with("not compared"));
    }
}

/// Two cuts of the same file, as of two Go versions, and a program's coverage data.
#[test]
fn profiles_of_shards_versions_and_programs_are_one() {
    let world = World::new();
    let main = "package main\n\nimport \"example.com/robot/robot\"\n\nfunc main() {\n\tprintln(robot.Not())\n}\n";
    let module = std::fs::read_to_string(world.folder.join("go.mod")).unwrap();
    let path = module.lines().find_map(|line| line.strip_prefix("module ")).unwrap();
    world.write("cmd/robot/main.go", &main.replace("example.com/robot", path));
    world.profile();
    let go = |arguments: &[&str]| {
        let command = world.runner.step("go", &world.folder).args(arguments.iter().copied());
        command.run(&Cancellation::default()).unwrap().require_success(&command).unwrap();
    };
    go(&[
        "build",
        "-cover",
        "-covermode=atomic",
        "-coverpkg=./...",
        "-o",
        "robot.bin",
        "./cmd/robot",
    ]);
    let data = world.runner.path("data");
    std::fs::create_dir(&data).unwrap();
    let gate = |profiles: &str| {
        let step = world.runner.step(env!("CARGO_BIN_EXE_robot-coverage-gate"), &world.folder);
        let code = step.arg(format!("--profiles={profiles}")).run(&Cancellation::default());
        (code.unwrap().code, world.runner.result("coverage-gate"))
    };
    let both = format!("c.out,{}", data.display());
    let (code, result) = gate(&both);
    assert_eq!(code, Some(11), "{result}");
    assert!(result["failure"].to_string().contains("covmeta"), "{result}");

    let robot = world.runner.step(world.folder.join("robot.bin"), &world.folder);
    robot.env("GOCOVERDIR", &data).run(&Cancellation::default()).unwrap();
    let (code, result) = gate(&both);
    // `Not` is run by the program alone; `main` as well.
    assert_eq!((code, &result["outputs"]["total"]), (Some(0), &100.0.into()), "{result}");
    assert_eq!(result["outputs"]["statements"], 3, "{result}");

    let text = std::fs::read_to_string(world.folder.join("c.out")).unwrap();
    let cut =
        text.replace("robot.go:3.20,5.2 1 1", "robot.go:3.20,4.9 1 0\nPATH/robot.go:4.9,5.2 0 0");
    assert_ne!(cut, text);
    world.write("other.out", &cut.replace("PATH", &format!("{path}/robot")));
    let (_, result) = gate("c.out,other.out");
    assert_eq!(result["outputs"]["statements"], 3, "{result}");
    assert!(result["report"].to_string().contains("another Go version"), "{result}");
}

/// `go tool cover -func` passes over functions outside of functions; `go test` and we do not. Files
/// that are generated count for both, and not for us.
#[test]
fn counts_differ_from_go_tool_cover_only_where_it_passes_something_over() {
    let world = World::new();
    let go = |arguments: &[&str]| {
        let command = world.runner.step("go", &world.folder).args(arguments.iter().copied());
        let ended = command.run(&Cancellation::default()).unwrap();
        String::from_utf8_lossy(&ended.require_success(&command).unwrap().stdout).into_owned()
    };
    let test = ["test", "-coverprofile=c.out", "./..."];
    assert!(go(&test).contains("coverage: 50.0% of statements"));
    assert!(go(&["tool", "cover", "-func=c.out"]).contains("50.0%"));
    assert_eq!(world.gate(&[]).1["outputs"]["total"], 50.0);

    world.write("robot/literal.go", "package robot\n\nvar answer = func() int {\n\treturn 3\n}\n\nvar other = func() int {\n\treturn 4\n}\n");
    assert!(go(&test).contains("coverage: 25.0% of statements"));
    assert!(go(&["tool", "cover", "-func=c.out"]).contains("50.0%"));
    assert_eq!(world.gate(&[]).1["outputs"]["total"], 25.0);

    let generated = "// Code generated by hand. DO NOT EDIT.\n\npackage robot\n\nfunc Made() {\n\tprintln(1)\n\tprintln(2)\n\tprintln(3)\n\tprintln(4)\n}\n";
    world.write("robot/made.go", generated);
    assert!(go(&test).contains("coverage: 12.5% of statements"));
    let (_, result) = world.gate(&[]);
    assert_eq!(result["outputs"]["total"], 25.0);
    assert!(result["report"].to_string().contains("1 generated file excluded"), "{result}");
}

/// Go 1.27 cuts a block at comments and blank lines, and says in each part how many statements the
/// whole has. `go test`, `go tool cover -func` and we add them all up: 8, where there are 5.
#[test]
fn parts_of_a_block_count_as_go_counts_them() {
    let world = World::new();
    let text = "package parts\n\nfunc Parts(n int) int {\n\tn++\n\n\t// A comment.\n\n\tn++\n\tif n > 9 {\n\t\t// Large.\n\t\treturn 9\n\t}\n\treturn n\n}\n";
    std::fs::remove_dir_all(world.folder.join("robot")).unwrap();
    world.write("parts/parts.go", text);
    // go1.27.1, which said 87.5 %.
    world.write("c.out", "mode: set\nexample.com/m/parts/parts.go:4.2,5.1 3 1\nexample.com/m/parts/parts.go:8.2,9.11 3 1\nexample.com/m/parts/parts.go:11.3,12.1 1 0\nexample.com/m/parts/parts.go:13.2,13.10 1 1\n");
    assert!(world.go(&["tool", "cover", "-func=c.out"]).contains("87.5%"));
    let (code, result) = world.gate(&[]);
    assert_eq!((code, &result["outputs"]["total"]), (Some(0), &87.5.into()), "{result}");
    assert_eq!(result["outputs"]["statements"], 8);
    // What a change adds is counted by the statements that there are.
    world.repository.commit("parts");
    let (_, result) = world.gate(&["--base=HEAD~1"]);
    assert_eq!(result["outputs"]["patch"], 80.0, "{result}");
}

#[test]
fn other_tools_get_their_formats() {
    let world = World::new();
    world.profile();
    let (_, result) = world.gate(&["--formats=json,lcov,cobertura,badge"]);
    let read =
        |name: &str| std::fs::read_to_string(result["outputs"][name].as_str().unwrap()).unwrap();
    assert!(read("lcov").contains("SF:robot/robot.go\nDA:3,1\nDA:4,1\nDA:5,1\nDA:7,0\n"));
    let cobertura = read("cobertura");
    assert!(
        cobertura.contains("filename=\"robot/robot.go\"")
            && cobertura.contains("line-rate=\"0.5000\""),
        "{cobertura}"
    );
    assert!(read("badge").contains("50 %"));
    let record: Value = serde_json::from_str(&read("json")).unwrap();
    assert_eq!(record["files"]["robot/robot.go"]["all"], 2);
    let (_, result) = world.gate(&[]);
    assert!(["json", "lcov"].iter().all(|format| result["outputs"][format].is_null()));
}
