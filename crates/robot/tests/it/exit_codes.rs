//! The exit code says whose fault it is: 3 for the machine and servers, 10 for the code, 11 for what
//! cannot be decided.

use robot_process::{Cancellation, Finished};
use robot_testkit::{Event, GoModule, Runner};
use std::path::Path;

/// Runs the bundle with some variables set and some unset.
fn robot(
    runner: &Runner,
    folder: &Path,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Finished {
    let step = runner.step(env!("CARGO_BIN_EXE_robot"), folder).args(arguments.iter().copied());
    let is_set = |name: &std::ffi::OsStr| variables.iter().any(|(set, _)| name == *set);
    // What a module cache of the machine happens to hold would answer for a proxy.
    let step = step.without(is_set).env("GOMODCACHE", runner.path("modules"));
    let given = variables.iter().filter(|(_, value)| !value.is_empty());
    let step = given.fold(step, |step, (name, value)| step.env(*name, *value));
    step.run(&Cancellation::default()).unwrap()
}

const TOOLS: [&[&str]; 4] = [&["go-test", "--coverage=false"], &["go-build"], &["go-vet"], &["ci"]];

#[test]
fn what_is_outside_of_the_robot_ends_with_3_and_a_hint() {
    let needing = "module example.com/m\n\ngo 1.19\n\nrequire example.com/needed v1.0.0\n";
    let newer = "module example.com/m\n\ngo 1.99\n";
    let plain = "module example.com/m\n\ngo 1.19\n";
    let import = "package m\n\nimport _ \"example.com/needed\"\n";
    let alone = "package m\n";
    let unreachable: &[(&str, &str)] =
        &[("GOPROXY", "http://127.0.0.1:1"), ("GONOSUMDB", "*"), ("GOFLAGS", "-mod=mod")];
    for (name, module, code, variables) in [
        ("no proxy answers", needing, import, unreachable),
        ("no proxy may be asked", needing, import, &[("GOPROXY", "off"), ("GOFLAGS", "-mod=mod")]),
        ("no build cache", plain, alone, &[("GOCACHE", "off")]),
        ("a build cache that cannot be made", plain, alone, &[("GOCACHE", "/dev/null/cache")]),
        (
            "no place for a build cache",
            plain,
            alone,
            &[("GOCACHE", ""), ("HOME", ""), ("XDG_CACHE_HOME", "")],
        ),
        ("no folder for temporary files", plain, alone, &[("TMPDIR", "/nowhere")]),
        (
            "a module cache that cannot be made",
            needing,
            import,
            &[("GOMODCACHE", "/dev/null/modules"), ("GOFLAGS", "-mod=mod")],
        ),
        ("a Go that is too old", newer, alone, &[("GOTOOLCHAIN", "local")]),
        ("a Go that cannot be had", newer, alone, &[("GOTOOLCHAIN", "auto"), ("GOPROXY", "off")]),
        ("no Go", plain, alone, &[("PATH", "/usr/bin:/bin")]),
    ] {
        let runner = Runner::new(&Event::push());
        let folder = runner.path("m");
        let module = GoModule::at(&folder).file("go.mod", module).file("m.go", code);
        let module = module
            .test(".", "TestM", "")
            .file(".github/robot.yml", "go-test: {layers: {unit: {race: false}}}\n");
        for arguments in TOOLS {
            let finished = robot(&runner, module.path(), arguments, variables);
            let out = String::from_utf8_lossy(&finished.stdout);
            let told = format!(
                "{name}: {arguments:?}: {out}{}",
                String::from_utf8_lossy(&finished.stderr)
            );
            assert_eq!(finished.code, Some(3), "{told}");
            assert!(told.contains("hint:"), "{told}");
        }
    }
}

#[test]
fn a_module_without_a_package_ends_with_11() {
    let runner = Runner::new(&Event::push());
    let folder = runner.path("m");
    let module = GoModule::at(&folder).file("go.mod", "module example.com/m\n\ngo 1.19\n");
    for arguments in TOOLS {
        let finished = robot(&runner, module.path(), arguments, &[]);
        let out = String::from_utf8_lossy(&finished.stdout);
        assert_eq!(finished.code, Some(11), "{arguments:?}: {out}");
    }
}

#[test]
fn caches_that_go_has_no_place_for_are_told_with_3_and_a_hint() {
    for variables in [
        [("GOCACHE", "off"), ("GOFLAGS", "")],
        [("GOCACHE", ""), ("HOME", "")],
        [("PATH", "/usr/bin:/bin"), ("GOFLAGS", "")],
    ] {
        let runner = Runner::new(&Event::push());
        let folder = runner.path("m");
        let module = GoModule::at(&folder).file("go.mod", "module example.com/m\n\ngo 1.19\n");
        let finished = robot(&runner, module.path(), &["cache-key", "compute"], &variables);
        let out = String::from_utf8_lossy(&finished.stdout);
        let told = format!("{out}{}", String::from_utf8_lossy(&finished.stderr));
        assert_eq!(finished.code, Some(3), "{variables:?}: {told}");
        assert!(told.contains("hint:"), "{variables:?}: {told}");
    }
}

/// What the machine has no room for is not the code's fault: the build cache is on a small disk of its own.
#[test]
fn a_disk_that_is_full_while_go_builds_ends_with_3_and_a_hint() {
    let full = tempfile::tempdir().unwrap();
    for arguments in TOOLS {
        let runner = Runner::new(&Event::push());
        let folder = runner.path("m");
        let module = GoModule::at(&folder)
            .file("go.mod", "module example.com/m\n\ngo 1.19\n")
            .file("m.go", "package m\n")
            .file("m_test.go", "package m\n\nimport \"testing\"\n\nfunc TestM(t *testing.T) {}\n")
            .file(".github/robot.yml", "go-test: {layers: {unit: {race: false}}}\n");
        let step = runner.step("unshare", module.path());
        let line = "mount -t tmpfs -o size=64k none $FULL && head -c 60000 /dev/zero >$FULL/x; exec \"$@\"";
        let step = step.args(["--user", "--map-root-user", "--mount", "sh", "-c", line, "sh"]);
        let step = step.arg(env!("CARGO_BIN_EXE_robot")).args(arguments.iter().copied());
        let step = step.env("FULL", full.path()).env("GOCACHE", full.path().join("cache"));
        let finished = step.run(&Cancellation::default()).unwrap();
        let out = String::from_utf8_lossy(&finished.stdout);
        let told = format!("{arguments:?}: {out}{}", String::from_utf8_lossy(&finished.stderr));
        assert_eq!(finished.code, Some(3), "{told}");
        assert!(told.contains("hint: free some space"), "{told}");
    }
}
