//! The project's own tasks: `cargo xtask <task>`.

mod bench;
mod demo;
mod generate;
mod github_api;
mod new_tool;
mod release_build;
mod release_tree;
mod rules;
mod setup;

use anyhow::{Context as _, Result, bail};
use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

#[derive(Parser)]
#[command(about = "The project's own tasks")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Run `robot ci` on a pull request of the example robot: a broken test, then code without one
    Demo,
    /// Run every check that a change must pass: format, lints, generated files, rules, tests
    Test {
        /// Run only these tests: arguments for `cargo test` instead of `--workspace`, such as
        /// `--package robot --test it act`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        part: Vec<String>,
    },
    /// Run the tests that need trivy, which takes ten minutes to build. Not part of CI
    Slow,
    /// Compare with other tools and write docs/benchmarks.md
    Bench(bench::Arguments),
    /// Install the tools that tests need into a per-user cache folder
    Setup,
    /// Write action.yml files, docs tables and the schema of robot.yml
    Gen,
    /// Create a new tool: a crate with a failing test, registered everywhere
    NewTool {
        /// Name of the tool: lower-case words joined by `-`
        name: String,
    },
    /// Extract the part of GitHub's OpenAPI description that tests need
    GithubApi {
        /// `generated/api.github.com.json` of npm's @octokit/openapi
        source: PathBuf,
    },
    /// Build a program reproducibly, byte for byte
    ReleaseBuild(release_build::Arguments),
    /// Write the contents of a release's tag
    ReleaseTree(release_tree::Arguments),
    /// Reject stale generated files, files over 800 lines, imports that point upwards
    Check,
}

/// Prints an error once and without the stack, whatever `RUST_BACKTRACE` asks of tests.
#[expect(clippy::print_stderr, reason = "xtask prints to its user")]
fn main() -> ExitCode {
    let result = run();
    let Err(error) = result else { return ExitCode::SUCCESS };
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    eprintln!("error: {}", causes.join("\n  caused by: "));
    ExitCode::FAILURE
}

fn run() -> Result<()> {
    match Arguments::parse().chore {
        Chore::Demo => demo::run(),
        Chore::Test { part } => test(&part),
        Chore::Slow => slow(),
        Chore::Bench(arguments) => bench::run(&arguments),
        Chore::Setup => setup::run().map(drop),
        Chore::Gen => generate(),
        Chore::NewTool { name } => new_tool::run(&name),
        Chore::GithubApi { source } => {
            github_api::extract(&source, &root().join("crates/testkit/github/api.json"))
        }
        Chore::ReleaseBuild(arguments) => release_build::run(&arguments),
        Chore::ReleaseTree(arguments) => release_tree::run(&arguments),
        Chore::Check => check(),
    }
}

fn test(part: &[String]) -> Result<()> {
    if part.is_empty() {
        cargo(&["fmt", "--all", "--check"])?;
        cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"])?;
        check()?;
    }
    let mut tools = setup::run()?;
    if part.is_empty() {
        licences(&tools)?;
    }
    tools.insert("ROBOT_TEST_TREE", test_tree()?);
    let mut tests = command("cargo");
    match part {
        [] => tests.args(["test", "--workspace", "--no-fail-fast"]),
        part => tests.arg("test").args(part),
    };
    require(tests.envs(tools))
}

/// Runs the tests that `cargo test` ignores because their tools take too long to build for every run, or need
/// root.
fn slow() -> Result<()> {
    let tools = setup::slow()?;
    let mut tests = command("cargo");
    tests.args(["test", "--package", "robot-security-gate", "--package", "robot-cosign-verify"]);
    tests.args(["--package", "robot-go-image"]);
    tests.args(["--test", "it", "--", "--ignored"]);
    require(tests.envs(tools))
}

/// Checks dependencies against deny.toml. Advisories need the network: run `cargo deny check advisories` for them.
fn licences(tools: &setup::Tools) -> Result<()> {
    // cargo-deny reads the manifests of all packages in the lock file, including those of other systems, but
    // a build downloads only those of this one.
    cargo(&["fetch", "--locked", "--quiet"])?;
    let deny = tools.get("ROBOT_TEST_CARGO_DENY").context("cargo-deny is not set up")?;
    let mut deny = command(&deny.to_string_lossy());
    require(deny.args(["--log-level=error", "--offline", "check", "bans", "licenses", "sources"]))
}

/// The release tree that tests use by its public name: this source with the test build of the program.
fn test_tree() -> Result<PathBuf> {
    cargo(&["build", "--quiet", "--package", "robot"])?;
    let tree = root().join("target/test-tree");
    let _ = fs_err::remove_dir_all(&tree);
    let program = root().join("target/debug/robot");
    release_tree::write_development(&tree, &program, "org/robot-actions@v1")?;
    Ok(tree)
}

fn check() -> Result<()> {
    generated(|path, text| {
        if fs_err::read_to_string(path).unwrap_or_default() != text {
            bail!("{} is stale\nhint: run `cargo xtask gen`", path.display());
        }
        Ok(())
    })?;
    rules::check(&root())
}

fn generate() -> Result<()> {
    generated(|path, text| {
        if let Some(folder) = path.parent() {
            fs_err::create_dir_all(folder)?;
        }
        Ok(fs_err::write(path, text)?)
    })
}

fn generated(each: impl Fn(&Path, &str) -> Result<()>) -> Result<()> {
    cargo(&["build", "--quiet", "--package", "robot"])?;
    let robot = root().join("target/debug/robot");
    let output = command(&robot.to_string_lossy()).arg("describe").output()?;
    let description = String::from_utf8(output.stdout)?;
    let files =
        generate::files(&root(), &description).context("unexpected output of `robot describe`")?;
    files.iter().try_for_each(|(path, text)| each(&root().join(path), text))
}

fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_owned()
}

fn cargo(arguments: &[&str]) -> Result<()> {
    require(command("cargo").args(arguments))
}

/// Runs a command to its end, and fails with it.
fn require(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("{command:?} did not start"))?;
    if !status.success() {
        bail!("{command:?} failed with {status}");
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "xtask runs cargo outside of the product")]
fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}
