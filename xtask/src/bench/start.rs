//! From start to exit of a command that does nothing.

use super::measure;
use super::page::Section;
use crate::{command, release_tree};
use anyhow::Result;
use std::path::Path;

const ROUNDS: usize = 200;

pub(crate) fn run(folder: &Path, robot: &Path) -> Result<Section> {
    let mut section = Section::new(
        "Process start",
        "From start to exit, median of 200. `true` is the cost of any process on this machine. The last row is the \
        whole line of an action in the release tree: bash, the launcher's checks, the program.",
        &["command", ">milliseconds", ">goal"],
    );
    let tree = folder.join("start-tree");
    let _ = fs_err::remove_dir_all(&tree);
    release_tree::write_development(&tree, robot, "org/robot-actions@v1")?;
    let step = folder.join("start.sh");
    fs_err::write(&step, ". \"$GITHUB_ACTION_PATH/../dist/launcher\" --help\n")?;
    let mut line = command("bash");
    line.args(["--noprofile", "--norc", "-p", "-e", "-o", "pipefail"]).arg(step);
    line.env("GITHUB_ACTION_PATH", tree.join("go-test"));
    let mut program = command(&robot.to_string_lossy());
    program.arg("--help");
    let mut tool = command(&robot.to_string_lossy());
    tool.args(["go-test", "--help"]);
    for (name, mut command, goal) in [
        ("`true`", command("true"), ""),
        ("`robot --help`", program, "≤ 2"),
        ("`robot go-test --help`", tool, "≤ 2"),
        ("action with `--help`", line, "≤ 15"),
    ] {
        let costs: Result<Vec<_>> = (0..ROUNDS)
            .map(|_| measure::run(&mut command, &folder.join("start.log"), &[0]))
            .collect();
        let median = measure::median(costs?).wall.as_secs_f64() * 1e3;
        section.row([name.to_owned(), format!("{median:.2}"), goal.to_owned()]);
    }
    Ok(section)
}
