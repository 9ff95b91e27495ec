//! The bundle: every tool in one binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    robot_driver::run_bundle("CI/CD for Go robots", &robot::tools())
}
