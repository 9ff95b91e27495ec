//! Programs: which go into an image, and which would not run in it.

use crate::world::{MAIN, World};
use robot_testkit::GoModule;

#[test]
fn a_program_that_asks_for_an_interpreter_is_refused() {
    let world = World::new();
    let ended = world.run("build", &["--ldflags=-buildmode=pie"]);
    assert_eq!((ended.code, &ended.result["cause"]), (Some(10), &"not-static".into()));
    let headline = ended.result["report"]["headline"].as_str().unwrap();
    assert!(headline.contains("needs the interpreter /lib64/ld-linux"), "{headline}");
    assert!(!world.layout().exists());
}

#[test]
fn a_vendor_folder_is_used_and_no_module_is_downloaded() {
    let module = GoModule::new()
        .file("go.mod", "module example.com/m\n\ngo 1.19\n\nrequire example.com/a v1.1.0\n")
        .file("vendor/modules.txt", "# example.com/a v1.1.0\n## explicit\nexample.com/a\n")
        .file("vendor/example.com/a/a.go", "package a\n\nfunc A() string { return \"vendored\" }\n")
        .file(
            "main.go",
            "package main\n\nimport \"example.com/a\"\n\nfunc main() { println(a.A()) }\n",
        );
    let mut world = World::of(module);
    let empty = world.runner.path("modules");
    world.runner = world.runner.set("GOPROXY", "off").set("GOMODCACHE", empty);
    let ended = world.run("build", &[]);
    assert_eq!(ended.code, Some(0), "{}", ended.result);
    let sbom = ended.result["outputs"]["sbom-digest"].as_str().unwrap();
    assert!(sbom.starts_with("sha256:"), "{sbom}");
}

#[test]
fn programs_of_a_name_twice_are_refused() {
    let world = World::of(GoModule::new().file("a/x/main.go", MAIN).file("b/x/main.go", MAIN));
    let ended = world.run("build", &[]);
    assert_eq!((ended.code, &ended.result["cause"]), (Some(10), &"no-programs".into()));
    let headline = ended.result["report"]["headline"].as_str().unwrap();
    assert!(headline.contains("have one name"), "{headline}");
}

#[test]
fn another_user_and_umask_do_not_change_the_digest() {
    let world = World::new();
    let arguments = ["--files=configs:/etc/robot"];
    let first = world.run("build", &arguments);
    assert_eq!(first.code, Some(0), "{}", first.result);
    let second = world.run_as_another_user("build", &arguments);
    assert_eq!(second.code, Some(0), "{}", second.result);
    assert_eq!(first.digest(), second.digest());
}
