//! Finds tools that tests need and that the set-up installs.

use std::path::PathBuf;

/// What tests use and a set-up has to make: a tool of another project, or the release tree; found
/// through the variable `name`, such as `ROBOT_TEST_ACT`.
///
/// Panics with what to do when it is not there: a test that needs it does not pass without it.
pub fn tool(name: &str) -> PathBuf {
    let set = std::env::vars_os().find(|(variable, _)| variable == name);
    match set.map(|(_, path)| PathBuf::from(path)) {
        Some(path) if path.exists() => path,
        Some(path) => panic!("{name}={} is not there: run `cargo xtask test`", path.display()),
        None => panic!("{name} is not set: run `cargo xtask test`, which installs what tests need"),
    }
}
