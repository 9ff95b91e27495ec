//! A pull request of the example robot, through `robot ci`.

use crate::{cargo, command, require, root};
use anyhow::Result;
use std::path::Path;

/// Makes a repository of the example with a change on a branch, runs the pipeline on it and says
/// where the report is.
#[expect(clippy::print_stdout, reason = "a chore talks to the person who typed it")]
pub(crate) fn run() -> Result<()> {
    cargo(&["build", "--quiet", "--profile", "demo", "--package", "robot"])?;
    let demo = root().join("target/demo-robot");
    let _ = fs_err::remove_dir_all(&demo);
    let repository = demo.join("robot");
    fs_err::create_dir_all(&repository)?;
    let example = root().join("examples/echo-robot");
    require(command("cp").arg("-r").arg(example.join(".")).arg(&repository))?;
    git(&repository, &["init", "--quiet", "--initial-branch=main"])?;
    commit(&repository, "The robot")?;
    git(&repository, &["switch", "--quiet", "--create=change"])?;
    let readme = repository.join("CHANGES.md");
    fs_err::write(&readme, "A change of documentation alone.\n")?;
    commit(&repository, "Change the documentation")?;
    let robot = root().join("target/demo/robot");
    let status = command(&robot.to_string_lossy())
        .args(["ci", "--working-directory"])
        .arg(&repository)
        .env("RUNNER_TEMP", demo.join("results"))
        .status()?;
    println!("as Markdown: {}", demo.join("results/robot/ci/report.md").display());
    anyhow::ensure!(status.success(), "the pipeline ended with {status}");
    Ok(())
}

fn commit(repository: &Path, message: &str) -> Result<()> {
    git(repository, &["add", "--all"])?;
    git(repository, &["commit", "--quiet", "--message", message])
}

fn git(repository: &Path, arguments: &[&str]) -> Result<()> {
    let identity = ["-c", "user.name=demo", "-c", "user.email=demo@example.com"];
    require(command("git").arg("-C").arg(repository).args(identity).args(arguments))
}
