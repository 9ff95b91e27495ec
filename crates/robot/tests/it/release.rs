//! From source to a robot that ran: the image that `go-image` writes is what `deploy` runs.

use robot_process::{Cancellation, Finished};
use robot_testkit::{Event, GoModule, Repository, Runner};

const MAIN: &str = "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc main() {\n\tfmt.Println(\"task\", os.Getenv(\"TASK_ID\"))\n}\n";

#[test]
fn an_image_of_go_image_is_deployed() {
    let module = GoModule::new().file("cmd/robot/main.go", MAIN);
    Repository::init(module.path());
    let runner = Runner::new(&Event::push());
    let robot = |arguments: &[&str]| -> Finished {
        let step = runner.step(env!("CARGO_BIN_EXE_robot"), module.path());
        step.args(arguments.iter().copied()).run(&Cancellation::default()).unwrap()
    };
    let layout = runner.path("image");
    let layout = layout.to_str().unwrap();
    let built = robot(&["go-image", "build", "--layout", layout]);
    assert_eq!(built.code, Some(0), "{}", String::from_utf8_lossy(&built.stdout));
    let digest = runner.result("go-image-build")["outputs"]["digest"].clone();

    let deployed = robot(&["deploy", "apply", "--layout", layout, "--task-id", "task-7"]);
    let said = String::from_utf8_lossy(&deployed.stdout).into_owned();
    assert_eq!(deployed.code, Some(0), "{said}{}", String::from_utf8_lossy(&deployed.stderr));
    assert!(said.contains("task task-7"), "{said}");
    let result = runner.result("deploy-apply");
    assert_eq!(result["verdict"], "pass");
    assert!(result.to_string().contains(digest.as_str().unwrap()), "{result}");
}
