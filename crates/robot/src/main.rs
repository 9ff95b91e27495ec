//! The bundle: every tool in one binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    robot_contract::run_bundle("CI/CD for Go robots", &robot::tools())
}
