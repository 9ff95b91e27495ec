//! The binary of one tool.

use std::process::ExitCode;

fn main() -> ExitCode {
    robot_driver::run_tool(&robot_go_image::tool())
}
