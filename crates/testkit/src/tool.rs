use std::path::PathBuf;

/// A tool of another project that tests run, found through the variable `name`, such as
/// `ROBOT_TEST_ACT`.
///
/// Panics with what to do when it is not there: a test that needs it does not pass without it.
pub fn tool(name: &str) -> PathBuf {
    let set = std::env::vars_os().find(|(variable, _)| variable == name);
    match set.map(|(_, path)| PathBuf::from(path)) {
        Some(path) if path.is_file() => path,
        Some(path) => panic!("{name}={} is no file: run `cargo xtask setup`", path.display()),
        None => panic!("{name} is not set: run `cargo xtask test`, which installs what tests need"),
    }
}
