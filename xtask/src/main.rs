//! The project's own chores: `cargo xtask <chore>`.

use anyhow::{Result, bail};
use clap::{Parser, Subcommand};
use std::path::Path;
use std::process::Command;

#[derive(Parser)]
#[command(about = "The project's own chores")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Everything that a change must pass: format, lints, tests of all crates
    Test,
}

fn main() -> Result<()> {
    match Arguments::parse().chore {
        Chore::Test => test(),
    }
}

fn test() -> Result<()> {
    cargo(&["fmt", "--all", "--check"])?;
    cargo(&["clippy", "--workspace", "--all-targets", "--quiet"])?;
    cargo(&["test", "--workspace", "--no-fail-fast"])
}

#[expect(clippy::disallowed_methods, reason = "chores run cargo beside the product, not in it")]
fn cargo(arguments: &[&str]) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let status = Command::new("cargo").args(arguments).current_dir(root).status()?;
    if !status.success() {
        bail!("`cargo {}` failed with {status}", arguments.join(" "));
    }
    Ok(())
}
