//! What the bundle says of itself.

use robot_process::Cancellation;
use robot_testkit::scrubbed;
use std::path::Path;

/// Exit code and everything that is printed.
fn robot(arguments: &[&str]) -> (Option<i32>, String) {
    robot_in(Path::new(env!("CARGO_MANIFEST_DIR")), arguments)
}

fn robot_in(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let command = scrubbed(env!("CARGO_BIN_EXE_robot")).args(arguments.iter().copied());
    let command = command.current_directory(folder).env("RUNNER_TEMP", folder.join("temp"));
    let ended = command.run(&Cancellation::default()).unwrap();
    let text = [ended.stdout, ended.stderr].concat();
    (ended.code, String::from_utf8(text).unwrap())
}

#[test]
fn every_tool_is_listed_and_tells_its_own_flags() {
    let (code, list) = robot(&["--help"]);
    assert_eq!(code, Some(0));
    for tool in robot::tools() {
        let listed = list.lines().any(|line| {
            let mut words = line.split_whitespace();
            words.next() == Some(tool.name) && line.contains(tool.about)
        });
        assert!(listed, "{} is not in {list}", tool.name);
        for verb in &tool.verbs {
            let mut asked = vec![tool.name];
            asked.extend(verb.name);
            let (code, help) = robot(&[asked.as_slice(), &["--help"]].concat());
            assert!(code == Some(0) && help.contains("--working-directory"), "{asked:?}: {help}");
            let (code, same) = robot(&[&["help"], asked.as_slice()].concat());
            assert!(code == Some(0) && same == help, "help {asked:?}: {same}");
        }
    }
}

#[test]
fn what_is_misspelt_is_said_with_what_is_near() {
    for (arguments, near) in [
        (&["go-tets"][..], "'go-test'"),
        (&["cache-key", "comptue"], "'compute'"),
        (&["coverage-gate", "--totl=80"], "'--total'"),
        (&["--total=80", "coverage-gate"], "'coverage-gate --total' exists"),
    ] {
        let (code, said) = robot(arguments);
        assert!(code == Some(2) && said.contains(near), "{arguments:?}: {code:?} {said}");
    }
}

#[test]
fn go_s_tools_say_where_there_is_no_module_alone_and_as_a_step() {
    for tool in ["go-build", "go-vet", "go-test"] {
        let folder = tempfile::tempdir().unwrap();
        let said = "no go.mod or go.work in";
        let (code, alone) = robot_in(folder.path(), &[tool]);
        assert!(code == Some(2) && alone.contains(said), "{tool}: {code:?} {alone}");
        let steps = format!("ci: {{steps: [{{name: one, uses: {tool}}}]}}\n");
        std::fs::write(folder.path().join("robot.yml"), steps).unwrap();
        let (code, step) = robot_in(folder.path(), &["ci"]);
        // Before any step is started.
        let is_early = !step.contains("▶ one");
        assert!(code == Some(2) && step.contains(said) && is_early, "{tool}: {code:?} {step}");
    }
}
