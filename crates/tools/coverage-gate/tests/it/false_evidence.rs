//! Evidence that is of something else, or not all of it: never green.

use crate::world::{ROBOT, World};
use robot_contract::{Context, Environment};
use robot_evidence::Sources;
use robot_go_command::Modules;
use robot_golang::coverprofile::Profile;
use robot_process::Cancellation;
use serde_json::Value;

const A: &str = "package a

func Covered(n int) int {
\tif n > 4 {
\t\treturn 1
\t}
\treturn 2
}

func Not() int {
\tx := 1
\tx++
\treturn x
}
";

/// Packages `a`, half covered, and `b`, without tests.
fn module() -> World {
    let world = World::new();
    std::fs::remove_dir_all(world.folder.join("robot")).unwrap();
    world.write("a/a.go", A);
    world.write(
        "a/a_test.go",
        "package a\n\nimport \"testing\"\n\nfunc TestCovered(t *testing.T) { _ = Covered(9) }\n",
    );
    world.write("b/b.go", "package b\n\nfunc Main() {\n\tprintln(1)\n}\n");
    world.repository.commit("packages");
    world.profile();
    world
}

fn refused(world: &World, flags: &[&str], said: &str) {
    let (code, result) = world.gate(flags);
    assert_eq!(code, Some(11), "{said}: {result}");
    let failure = result["failure"].to_string();
    assert!(failure.contains(said), "{said}: {failure}");
}

fn totals(world: &World, flags: &[&str]) -> (Value, Value) {
    let (code, result) = world.gate(flags);
    assert_eq!(code, Some(0), "{result}");
    (result["outputs"]["total"].clone(), result["outputs"]["statements"].clone())
}

fn says_absent(world: &World, package: Option<&str>) {
    let (code, result) = world.gate(&[]);
    assert_eq!(code, Some(0), "{result}");
    let report = result["report"].to_string();
    let said = report.split("no profile has these packages: ").nth(1);
    assert_eq!(said.map(|said| said.split('"').next().unwrap()), package, "{report}");
}

#[test]
fn a_second_profile_of_other_files_covers_nothing() {
    let world = module();
    let (total, statements) = totals(&world, &[]);
    assert_eq!(statements, 7);
    let with = |line: &str| {
        let text = format!("mode: atomic\nexample.com/m/a/a.go:{line}\n");
        world.write("second.out", &text);
        world.gate(&["--profiles=c.out,second.out"])
    };
    for line in ["3.25,40.2 9 1", "3.25,14.2 6 1", "7.2,7.3 1 1", "4.11,6.3 2 1"] {
        let (code, result) = with(line);
        assert_eq!(code, Some(11), "{line}: {result}");
    }
    // A profile again is no more than itself.
    world.write("second.out", &world.read("c.out"));
    assert_eq!(totals(&world, &["--profiles=c.out,second.out"]), (total, statements));
}

#[test]
fn a_profile_that_was_cut_off_or_filtered_is_refused() {
    let world = module();
    let whole = world.read("c.out");
    world.write("c.out", whole.trim_end());
    refused(&world, &[], "has no line end");
    let lines: Vec<&str> = whole.lines().collect();
    for count in 1..lines.len() {
        world.write("c.out", &format!("{}\n", lines[..count].join("\n")));
        let (code, result) = world.gate(&[]);
        // Whole packages may have been left out on purpose; then the report says so.
        let is_package = lines[count].contains("/b/b.go");
        let expected = if count == 1 {
            11
        } else if is_package {
            0
        } else {
            11
        };
        assert_eq!(code, Some(expected), "{count}: {result}");
        let says = result["report"].to_string().contains("no profile has these packages: b");
        assert_eq!(says, is_package, "{count}: {result}");
    }
    world.write("c.out", &whole);
    says_absent(&world, None);
    // What go takes for a package, in git or not; nothing else.
    for other in ["vendor/v", "testdata/t", "_x", ".y", "b/_x"] {
        world.write(&format!("{other}/p.go"), "package p\n\nfunc P() {\n\tprintln(1)\n}\n");
    }
    world.write("m/go.mod", "module example.com/other\n");
    world.write("m/n/n.go", "package n\n\nfunc N() {\n\tprintln(1)\n}\n");
    world.write("types/t.go", "package types\n\ntype T int\n");
    says_absent(&world, None);
    world.write("c/d/d.go", "package d\n\nfunc D() {\n\tprintln(1)\n}\n");
    says_absent(&world, Some("c/d"));
    std::fs::remove_dir_all(world.folder.join(".git")).unwrap();
    says_absent(&world, Some("c/d"));
}

#[test]
fn a_file_that_is_missing_from_its_package_says_why_itself() {
    let world = module();
    let whole = world.read("c.out");
    world.write("a/more.go", "package a\n\nfunc More() {\n\tprintln(1)\n}\n");
    world.write("c.out", &whole);
    refused(&world, &[], "lacks a/more.go");
    world.write(
        "a/more.go",
        "//coverage:ignore-file it only prints\npackage a\n\nfunc More() {\n\tprintln(1)\n}\n",
    );
    totals(&world, &[]);
}

#[test]
fn files_of_other_builds_are_not_missed() {
    let world = module();
    let text = "\n\nfunc Other() {\n\tprintln(1)\n}\n";
    for (name, head) in [
        ("a_windows.go", "package a"),
        ("a_linux_mips.go", "package a"),
        ("tagged.go", "//go:build integration\n\npackage a"),
        ("tool.go", "//go:build ignore\n\npackage main"),
        ("c.go", "package a\n\nimport \"C\""),
        ("made.go", "// Code generated by hand. DO NOT EDIT.\n\npackage a"),
        ("_draft.go", "package a"),
    ] {
        world.write(&format!("a/{name}"), &format!("{head}{text}"));
    }
    world.write("a/types.go", "package a\n\ntype T struct{ f func() }\n");
    world.write("a/testdata/x.go", &format!("package x{text}"));
    let (_, statements) = totals(&world, &[]);
    assert_eq!(statements, 7);
}

/// As of a job on another system, whose profile this job has got.
#[test]
fn a_profile_of_another_system_has_other_files() {
    let world = module();
    let text = A.replace("Covered", "Other").replace("Not", "Neither");
    world.write("a/a_windows.go", &text);
    world.write("a/a_linux.go", &text);
    world.profile();
    let profile = world.read("c.out");
    refused_without(&world, &profile, "a_linux.go");
    world.write("c.out", &profile.replace("a_linux.go", "a_windows.go"));
    assert_eq!(totals(&world, &[]).1, 13);
}

fn refused_without(world: &World, profile: &str, name: &str) {
    let lines = profile.lines().filter(|line| !line.contains(name));
    world.write("c.out", &lines.map(|line| format!("{line}\n")).collect::<String>());
    refused(world, &[], name);
}

#[test]
fn two_cuts_in_one_file_are_refused() {
    let world = module();
    let other = "example.com/m/a/a.go:3.25,4.9 1 1\nexample.com/m/a/a.go:4.9,14.2 5 1\n";
    world.write("c.out", &(world.read("c.out") + other));
    refused(&world, &[], "overlap");
}

#[test]
fn a_comment_that_speaks_of_line_directives_switches_nothing_off() {
    let world = module();
    world.write("a/a.go", &format!("{A}// see //line 3 of the docs\n"));
    world.write("c.out", "mode: set\nexample.com/m/a/a.go:900.1,901.1 50 1\n");
    refused(&world, &[], "where no code begins");
}

/// What a parser generator writes: names and positions of its own source before Go 1.27, of the file
/// itself since.
#[test]
fn line_directives_are_read_as_go_reads_them() {
    let world = module();
    world.write("a/y.go", "package a\n\n//line y.y:300\nfunc Parse(n int) {\n\tprintln(1)\n\tif n > 1 {\n\t\tprintln(2)\n\t}\n}\n");
    world.write("a/y.y", &"%%\n".repeat(310));
    world.profile();
    assert_eq!(totals(&world, &["--formats=lcov"]).1, 10);
    world.write("a/y.y", "%%\n");
    let text = world.read("c.out");
    assert_eq!(world.gate(&[]).0, Some(if text.contains("y.y") { 11 } else { 0 }));
}

#[test]
fn names_of_one_file_are_one_file_and_those_of_others_none() {
    let world = module();
    let (total, statements) = totals(&world, &[]);
    let whole = world.read("c.out");
    let absolute = whole.replace("example.com/m/", &format!("{}/", world.folder.display()));
    world.write("c.out", &format!("{whole}{}", absolute.replace("mode: atomic\n", "")));
    assert_eq!(totals(&world, &[]), (total, statements));
    world.write("a.go", A);
    world.write("c.out", &whole.replace("example.com/m/a/a.go", "/srv/else/other/a.go"));
    refused(&world, &[], "which does not exist in this checkout");
}

#[test]
fn what_coverpkg_all_adds_is_left_out() {
    let world = module();
    world.go(&["test", "-coverprofile=c.out", "-coverpkg=all", "./..."]);
    assert!(world.read("c.out").contains("\nfmt/"));
    assert_eq!(totals(&world, &[]).1, 7);
    let (_, result) = world.gate(&[]);
    assert!(result["report"].to_string().contains("of other modules excluded"), "{result}");
}

#[test]
fn functions_that_go_does_not_compile_are_not_missed() {
    let world = module();
    world.write(
        "a/blank.go",
        "package a\n\ntype t struct{}\n\nfunc (t) _() { println(1) }\n\nfunc _() { println(1) }\n",
    );
    world.profile();
    assert_eq!(totals(&world, &[]).1, 7);
}

/// Statements inserted before the last one, while no line moves.
#[test]
fn a_profile_of_an_earlier_state_of_the_files_is_refused() {
    let world = module();
    let changed = A.replace("\treturn x\n", "\tx += 1000000\n\tx += 2000000\n\treturn x\n");
    world.write("a/a.go", &changed.replace("\tx := 1\n\tx++\n", "\tx := 1; x++\n"));
    let (code, result) = world.gate(&[]);
    assert_eq!(code, Some(11), "{result}");
}

/// The note that go-test writes beside its profile.
fn seal(world: &World) {
    let text = world.read("c.out");
    let mut profile = Profile::default();
    profile.add(&text).unwrap();
    let environment = robot_testkit::scrubbed_variables().into_iter().collect::<Environment>();
    let context = Context::new(environment, world.folder.clone(), Cancellation::default());
    let modules = Modules::read(&world.folder);
    let files = profile.files().filter_map(|(name, _)| modules.file(name, &world.folder));
    let (path, commit) = (world.folder.join("c.out"), context.commit());
    Sources::write(&path, &text, files, Vec::new(), commit, &world.folder).unwrap();
}

/// What no block tells: a comparison that changed, other tests.
#[test]
fn a_profile_that_was_noted_is_of_exactly_these_files() {
    let world = module();
    let unnoted =
        || world.gate(&[]).1["report"].to_string().contains("without a list of the measured files");
    assert!(unnoted());
    seal(&world);
    assert!(!unnoted());
    world.write("a/a.go", &A.replace("n > 4", "n > 5"));
    refused(&world, &[], "a/a.go has changed");
    world.write("a/a.go", A);
    let test = world.read("a/a_test.go");
    world.write("a/a_test.go", &test.replace('9', "1"));
    refused(&world, &[], "a/a_test.go has changed");
    world.write("a/a_test.go", &test);
    totals(&world, &[]);
    // The same files in another commit are the same.
    world.repository.commit("nothing");
    world.write("c.out", &world.read("c.out"));
    let (_, result) = world.gate(&[]);
    assert!(result["report"].to_string().contains("which has the same Go files"), "{result}");
    let profile = world.read("c.out").replace(" 0\n", " 1\n");
    world.write("c.out", &profile);
    refused(&world, &[], "the profile itself was changed");
    world.write("c.out.sources.json", "{}");
    refused(&world, &[], "cannot be read");
}

#[test]
fn a_profile_without_statements_is_no_evidence() {
    let world = World::new();
    world.write("c.out", "mode: set\nfmt/print.go:1.1,2.2 1 1\n");
    let (code, result) = world.gate(&[]);
    assert_eq!((code, &result["cause"]), (Some(11), &"no-statements".into()), "{result}");
}

#[test]
fn what_is_no_file_is_no_source() {
    let world = World::new();
    world.profile();
    let path = world.folder.join("robot/robot.go");
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    refused(&world, &[], "does not exist in this checkout");
    std::fs::remove_dir(&path).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
    refused(&world, &[], "does not exist in this checkout");
    std::fs::remove_file(&path).unwrap();
    world.write("robot/robot.go", ROBOT);
    assert_eq!(world.gate(&[]).0, Some(0));
}
