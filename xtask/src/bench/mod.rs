//! `cargo xtask bench`: every figure with its peer's, measured in one run.

mod cache;
mod coverage;
mod events;
mod image;
mod job;
mod matrix;
mod measure;
mod page;
mod pipeline;
mod registry;
mod robot;
mod scanners;
mod security;
mod signatures;
mod start;
mod summary;
mod workflow;

use crate::{command, release_build, require, root};
use anyhow::{Context as _, Result};
use page::Section;
use robot::Robot;
use std::path::PathBuf;

/// What to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Only these; all of them write docs/benchmarks.md
    #[arg(value_enum)]
    only: Vec<Subject>,
    /// Robots beside the example: a clone, and a dependency in another version that it can have
    #[arg(long = "robot", value_name = "PATH=MODULE@VERSION")]
    robots: Vec<Robot>,
    /// How often each is run; medians count
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// A program of `release-build`, instead of building one with its flags
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Where to work; several gigabytes
    #[arg(long, default_value = "target/bench")]
    folder: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Subject {
    Pipeline,
    Cache,
    Events,
    Coverage,
    Security,
    Scanners,
    Signatures,
    Summary,
    Image,
    Start,
    Workflow,
    Matrix,
}

#[expect(clippy::print_stdout, reason = "xtask prints to its user")]
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    // Which program the figures are of, as the page's head tells it.
    let (robot, ours) = match &arguments.program {
        Some(program) => (fs_err::canonicalize(program)?, "our program as given".to_owned()),
        None => {
            let target = target()?;
            (build(&target)?, format!("our programs of {target}"))
        }
    };
    let folder = root().join(&arguments.folder);
    fs_err::create_dir_all(&folder)?;
    let all = [
        Subject::Pipeline,
        Subject::Cache,
        Subject::Events,
        Subject::Coverage,
        Subject::Security,
        Subject::Scanners,
        Subject::Signatures,
        Subject::Summary,
        Subject::Image,
        Subject::Start,
        Subject::Workflow,
        Subject::Matrix,
    ];
    let wanted = if arguments.only.is_empty() { &all[..] } else { &arguments.only };
    let example = Robot {
        source: root().join("examples/echo-robot"),
        bump: "gopkg.in/yaml.v3@v3.0.0".to_owned(),
    };
    let mut robots = vec![example.clone()];
    robots.extend(arguments.robots.iter().cloned());
    let mut pages = Vec::new();
    for subject in wanted {
        let section: Section = match subject {
            Subject::Pipeline => pipeline::run(&robots, arguments.rounds, &folder, &robot),
            Subject::Cache => cache::run(&example, &folder, &robot),
            Subject::Events => events::run(arguments.rounds, &folder, &robot),
            Subject::Coverage => coverage::run(arguments.rounds, &folder, &robot),
            Subject::Security => security::run(arguments.rounds, &folder, &robot),
            Subject::Scanners => scanners::run(&robots, arguments.rounds, &folder, &robot),
            Subject::Signatures => signatures::run(&folder, &robot),
            Subject::Summary => summary::run(arguments.rounds, &folder, &robot),
            Subject::Image => image::run(&example, arguments.rounds, &folder, &robot),
            Subject::Start => start::run(&folder, &robot),
            Subject::Workflow => workflow::run(&robots, arguments.rounds, &folder, &robot),
            Subject::Matrix => matrix::run(&example, arguments.rounds, &folder, &robot),
        }
        .with_context(|| format!("{subject:?} was not measured"))?;
        let page = section.markdown();
        println!("{page}");
        pages.push(page);
    }
    if arguments.only.is_empty() {
        let head = format!(
            "# Benchmarks\n\nWritten by `cargo xtask bench` on {}; each peer in the same run.\n\n",
            machine(&ours)?
        );
        fs_err::write(root().join("docs/benchmarks.md"), head + &pages.join("\n"))?;
    }
    Ok(())
}

/// The program, linked as those of releases are; of the C library, it has this machine's.
fn build(target: &str) -> Result<PathBuf> {
    let mut cargo = command("cargo");
    cargo.args(["build", "--quiet", "--release", "--package", "robot", "--target", target]);
    require(cargo.current_dir(root()).env("RUSTFLAGS", release_build::LINKED))?;
    Ok(root().join("target").join(target).join("release/robot"))
}

fn target() -> Result<String> {
    let target = command("rustc").args(["--print", "host-tuple"]).output()?.stdout;
    Ok(String::from_utf8(target)?.trim().to_owned())
}

/// What the figures hold for.
fn machine(ours: &str) -> Result<String> {
    let cores = std::thread::available_parallelism()?;
    let go = command("go").args(["env", "GOVERSION", "GOOS", "GOARCH"]).output()?;
    let go = String::from_utf8(go.stdout)?.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(format!("{cores} cores, {go}, {ours}"))
}
