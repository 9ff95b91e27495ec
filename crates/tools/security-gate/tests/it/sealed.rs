//! Scanners read code that nobody has reviewed: what they, or what they start, must not see or change.

use crate::world::World;

/// A scanner that a change to the repository has taken over, as by `#cgo` lines that run a compiler.
#[test]
fn a_scanner_sees_no_secret_and_changes_nothing_of_later_steps_and_runs() {
    let world = World::new();
    let temporary = world.runner.path("temp");
    let tools = temporary.join("robot-scanners/gosec-v0.0.0");
    robot_testkit::write(&tools.join("gosec"), "#!/bin/sh\n");
    robot_testkit::write(&temporary.join("robot/earlier.json"), "{}");
    let told = world.folder.join("told");
    let lines = format!(
        "{{ env; ls '{0}/robot' '{0}/robot-history'; echo plant > '{1}/gosec' || echo kept; \
         cat \"$GITHUB_OUTPUT\"; touch \"$(go env GOMODCACHE)/planted\" || echo kept; }} > '{2}' 2>&1; exit 7",
        temporary.display(),
        tools.display(),
        told.display()
    );
    let programs = world.program("govulncheck", &lines);
    let variables = [("GITHUB_TOKEN", "ghs_secret"), ("INPUT_TOKEN", "ghs_secret")];
    let (code, result) = world.gate_with(&variables, &[&programs], &["--scanners=govulncheck"]);
    assert_eq!(code, Some(11), "{result}");
    let told = std::fs::read_to_string(told).unwrap();
    assert!(!told.contains("ghs_secret"), "{told}");
    assert!(!told.contains("earlier.json"), "{told}");
    assert_eq!(told.matches("kept\n").count(), 2, "{told}");
    assert_eq!(std::fs::read_to_string(tools.join("gosec")).unwrap(), "#!/bin/sh\n");
}
