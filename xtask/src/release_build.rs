//! `cargo xtask release-build`: builds a program reproducibly, byte for byte.

use crate::{command, require, root};
use anyhow::{Context as _, Result, ensure};
use std::path::{Path, PathBuf};

/// What to build.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Target; releases are of x86_64-unknown-linux-musl and aarch64-unknown-linux-musl
    #[arg(long, value_name = "TARGET")]
    target: String,
    /// Package whose program is built
    #[arg(long, default_value = "robot")]
    package: String,
    /// Where the program goes
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Build it twice, each time from a new clone in another folder, and compare
    #[arg(long)]
    twice: bool,
}

#[expect(clippy::print_stdout, reason = "xtask prints to its user")]
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let Arguments { target, .. } = arguments;
    let libraries = output("rustc", &["--print", "target-libdir", "--target", target])?;
    ensure!(
        Path::new(&libraries).is_dir(),
        "this Rust has no standard library for {target}\nhint: run `rustup target add {target}`, or let the release workflow build it"
    );
    let out = std::env::current_dir()?.join(&arguments.out);
    let built = build(arguments)?;
    if arguments.twice {
        let again = build(arguments)?;
        ensure!(
            built == again,
            "the second build differs: {} and {} bytes, the first difference at {:?}",
            built.len(),
            again.len(),
            built.iter().zip(&again).position(|(one, other)| one != other)
        );
    }
    if let Some(folder) = out.parent() {
        fs_err::create_dir_all(folder)?;
    }
    // Keeps the mode, which a newly written file would not have.
    let temporary = out.with_extension("new");
    fs_err::write(&temporary, &built)?;
    executable(&temporary)?;
    fs_err::rename(&temporary, &out)?;
    let times = if arguments.twice { "twice, with the same bytes" } else { "once" };
    println!("{}: {} bytes, built {times}", out.display(), built.len());
    Ok(())
}

/// Flags of a released program, which depends on no libraries of the system. It aborts on a panic and has no
/// symbols, so tables to unwind by would only be downloaded:
/// <https://doc.rust-lang.org/rustc/codegen-options/index.html#force-unwind-tables>
pub(crate) const LINKED: &str = "-C target-feature=+crt-static -C force-unwind-tables=no";

/// Builds the commit that is checked out in a clone of its own.
fn build(arguments: &Arguments) -> Result<Vec<u8>> {
    let folder = tempfile::tempdir()?;
    let clone = folder.path().join("source");
    require(command("git").args(["clone", "--quiet"]).args([&root(), &clone]))?;
    let home = cargo_home()?;
    // Names of folders would make the program different for each builder.
    let maps = [(folder.path(), "/robot-actions"), (home.as_path(), "/cargo")];
    let rust = maps.map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()));
    let c = maps.map(|(from, to)| format!("-ffile-prefix-map={}={to}", from.display()));
    let mut cargo = command("cargo");
    cargo
        .current_dir(&clone)
        .args(["build", "--quiet", "--release", "--locked", "--target", &arguments.target])
        .args(["--package", &arguments.package])
        .env("CARGO_TARGET_DIR", folder.path().join("target"))
        .env("RUSTFLAGS", format!("{LINKED} {}", rust.join(" ")))
        // As the linker flags: nothing unwinds through C.
        .env("CFLAGS", format!("-fno-asynchronous-unwind-tables {}", c.join(" ")));
    require(&mut cargo)?;
    let program = folder.path().join("target").join(&arguments.target).join("release");
    Ok(fs_err::read(program.join(&arguments.package))?)
}

/// Where cargo keeps the sources of dependencies, <https://doc.rust-lang.org/cargo/guide/cargo-home.html>.
fn cargo_home() -> Result<PathBuf> {
    let variable = |name: &str| {
        let found = std::env::vars_os().find(|(variable, _)| variable == name);
        found.map(|(_, value)| PathBuf::from(value))
    };
    variable("CARGO_HOME")
        .or_else(|| Some(variable("HOME")?.join(".cargo")))
        .context("neither CARGO_HOME nor HOME is set")
}

fn output(program: &str, arguments: &[&str]) -> Result<String> {
    let output = command(program).args(arguments).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

fn executable(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs_err::set_permissions(path, std::fs::Permissions::from_mode(0o755))?)
}
