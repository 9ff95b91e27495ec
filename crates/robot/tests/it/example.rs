//! The example robot passes with the oldest Go that it promises, and with the current one: all
//! layers, services and programs included.

use robot_process::{Cancellation, Command};
use robot_testkit::{Event, Runner};
use std::path::Path;

#[test]
fn the_example_robot_passes_with_the_oldest_and_the_current_go() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/echo-robot");
    for toolchain in ["go1.19.13", "local"] {
        let runner = Runner::new(&Event::push());
        let copy = runner.path("robot");
        let copied = Command::new("cp").arg("-r").arg(&example).arg(&copy);
        copied.run(&Cancellation::default()).unwrap().require_success(&copied).unwrap();
        let step = runner
            .step(env!("CARGO_BIN_EXE_robot"), &copy)
            .arg("go-test")
            .env("GOTOOLCHAIN", toolchain);
        let finished = step.run(&Cancellation::default()).unwrap();
        let said = String::from_utf8_lossy(&finished.stdout).into_owned();
        assert_eq!(finished.code, Some(0), "{toolchain}: {said}");
        let result = runner.result("go-test");
        assert_eq!(
            (&result["verdict"], &result["outputs"]["packages"]),
            (&"pass".into(), &10.into())
        );
    }
}
