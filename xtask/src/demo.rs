//! A pull request of the example robot, through `robot ci`: what its author sees after each push.

use crate::{cargo, command, require, root};
use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use std::path::PathBuf;
use std::time::Instant;

/// Makes a repository of the example with a pull request of two pushes, runs the pipeline on the
/// default branch and on both, and checks that they end as they should.
#[expect(clippy::print_stdout, reason = "xtask prints to its user")]
pub(crate) fn run() -> Result<()> {
    println!("== building the program (the first time takes some minutes)");
    cargo(&["build", "--profile", "demo", "--package", "robot"])?;
    let demo = Demo::make()?;
    println!("\n== the default branch: everything is built and tested once");
    demo.run("default-branch", 0, &[("test", "pass"), ("coverage", "pass")])?;

    println!("\n== a pull request, first push: a statement changes, and breaks a test");
    demo.git(&["switch", "--quiet", "--create=change"])?;
    demo.replace("internal/actions/kinds.go", "textKind(reverse)", "textKind(strings.ToLower)")?;
    demo.append("pkg/logging/trace.go", UNTESTED)?;
    demo.commit("Lower what was reversed, and shorten traces")?;
    demo.run("first-push", 10, &[("test", "fail")])?;

    println!("\n== second push: the test passes again, and the new function has none");
    demo.replace("internal/actions/kinds.go", "textKind(strings.ToLower)", "textKind(reverse)")?;
    demo.commit("Reverse again")?;
    demo.run("second-push", 10, &[("test", "pass"), ("coverage", "fail")])?;
    println!("\nThe demo succeeded: the pull request was rejected twice, for two reasons.");
    Ok(())
}

const UNTESTED: &str = "
// ShortTraceID is the beginning of an id, for people.
func ShortTraceID(id string) string {
	if len(id) > 8 {
		return id[:8]
	}
	return id
}
";

/// What a pull request must reach here; tests of layers with services take longer than a demo should.
const SETTINGS: &str = "coverage-gate:\n  base: main\n  total: 60\n  patch: 80\n";

struct Demo {
    folder: PathBuf,
    repository: PathBuf,
}

impl Demo {
    fn make() -> Result<Self> {
        let folder = root().join("target/demo-robot");
        let _ = fs_err::remove_dir_all(&folder);
        let repository = folder.join("robot");
        fs_err::create_dir_all(&repository)?;
        let example = root().join("examples/echo-robot");
        require(command("cp").arg("-r").arg(example.join(".")).arg(&repository))?;
        fs_err::create_dir_all(repository.join(".github"))?;
        fs_err::write(repository.join(".github/robot.yml"), SETTINGS)?;
        let demo = Self { folder, repository };
        demo.git(&["init", "--quiet", "--initial-branch=main"])?;
        demo.commit("The robot")?;
        Ok(demo)
    }

    /// Runs the pipeline, which prints what it does, and holds its end against what it should be.
    #[expect(clippy::print_stdout, reason = "xtask prints to its user")]
    fn run(&self, name: &str, code: i32, verdicts: &[(&str, &str)]) -> Result<()> {
        let results = self.folder.join(name);
        let robot = root().join("target/demo/robot");
        let started = Instant::now();
        let status = command(&robot.to_string_lossy())
            .args(["ci", "--working-directory"])
            .arg(&self.repository)
            .env("RUNNER_TEMP", &results)
            .status()?;
        println!("{name}: {:.1} s", started.elapsed().as_secs_f64());
        ensure!(status.code() == Some(code), "{name}: the pipeline ended with {status}");
        let result = fs_err::read(results.join("robot/ci.result.json"))?;
        let result: Value = serde_json::from_slice(&result).context("the result is not JSON")?;
        for (step, verdict) in verdicts {
            let found = &result["outputs"]["verdicts"][step];
            ensure!(found == verdict, "{name}: step {step} ended with {found}, not {verdict}");
        }
        Ok(())
    }

    fn replace(&self, path: &str, from: &str, to: &str) -> Result<()> {
        let path = self.repository.join(path);
        let text = fs_err::read_to_string(&path)?;
        ensure!(text.contains(from), "{} has no `{from}`", path.display());
        Ok(fs_err::write(&path, text.replace(from, to))?)
    }

    fn append(&self, path: &str, text: &str) -> Result<()> {
        let path = self.repository.join(path);
        let before = fs_err::read_to_string(&path)?;
        Ok(fs_err::write(path, before + text)?)
    }

    fn commit(&self, message: &str) -> Result<()> {
        self.git(&["add", "--all"])?;
        self.git(&["commit", "--quiet", "--message", message])
    }

    fn git(&self, arguments: &[&str]) -> Result<()> {
        let identity = ["-c", "user.name=demo", "-c", "user.email=demo@example.com"];
        require(command("git").arg("-C").arg(&self.repository).args(identity).args(arguments))
    }
}
