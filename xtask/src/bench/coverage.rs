//! The coverage gate, on many blocks and on real modules.

use super::measure::{self, Cost};
use super::page::{Section, megabytes, seconds};
use crate::{command, require, setup};
use anyhow::{Context as _, Result, ensure};
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Modules with tests of their own and no service to start; robots are built on the last two.
const MODULES: [&str; 6] = [
    "github.com/spf13/pflag@v1.0.10",
    "github.com/gorilla/websocket@v1.5.3",
    "github.com/BurntSushi/toml@v1.5.0",
    "github.com/rs/zerolog@v1.34.0",
    "github.com/bwmarrin/discordgo@v0.29.0",
    "github.com/slack-go/slack@v0.17.3",
];

pub(crate) fn run(rounds: usize, folder: &Path, robot: &Path) -> Result<Section> {
    let mut section = Section::new(
        "Coverage gate",
        "`coverage-gate --total=1` compared with `go-test-coverage` with the same threshold: process start, \
        profile and sources. The first row is a generated profile of 1,000,000 blocks in 1,000 files; the \
        others are real modules with the profile of their own tests. The last column has the statements that both \
        tools and `go tool cover -func` count. They differ because the other two ignore function literals \
        outside of functions, which `go test` counts, and count generated files, which coverage-gate excludes.",
        &[
            "profile",
            ">blocks",
            ">go-test-coverage",
            ">memory",
            ">coverage-gate",
            ">memory",
            ">ratio",
            ">goal",
            "statements",
        ],
    );
    let peer = setup::peer("go-test-coverage")?;
    let made = folder.join("coverage-made");
    make(&made)?;
    let mut subjects = vec![("made".to_owned(), made, "≥ 10 ×, memory ≤ ⅕")];
    for module in MODULES {
        subjects.push((module.to_owned(), checkout(module, folder)?, "≥ 5 ×"));
    }
    for (name, work, goal) in subjects {
        let (mut theirs, mut ours) = (Vec::new(), Vec::new());
        // What takes milliseconds varies by as many.
        let rounds = if name == "made" { rounds } else { rounds.max(31) };
        for _ in 0..rounds {
            // A job's folder is empty when the gate runs.
            let _ = fs_err::remove_dir_all(work.join("temp"));
            fs_err::create_dir(work.join("temp"))?;
            let mut tool = command(&peer.to_string_lossy());
            tool.args(["--profile=cover.out", "--threshold-total=1"]).current_dir(&work);
            theirs.push(measure::run(&mut tool, &work.join("peer.log"), &[0, 1])?);
            let mut tool = command(&robot.to_string_lossy());
            tool.args(["coverage-gate", "--profiles=cover.out", "--total=1"])
                .env("RUNNER_TEMP", work.join("temp"));
            ours.push(measure::run(tool.current_dir(&work), &work.join("ours.log"), &[0])?);
        }
        let (theirs, ours) = (measure::median(theirs), measure::median(ours));
        // Not read at once: a child's largest resident set is at least its parent's.
        let profile = BufReader::new(fs_err::File::open(work.join("cover.out"))?);
        let both =
            |cost: Cost| format!("{:.0} ms ({})", cost.wall.as_secs_f64() * 1e3, seconds(cost.cpu));
        section.row([
            format!("`{name}`"),
            (profile.split(b'\n').count() - 1).to_string(),
            both(theirs),
            megabytes(theirs.memory),
            both(ours),
            megabytes(ours.memory),
            format!("{:.1} ×", theirs.wall.as_secs_f64() / ours.wall.as_secs_f64()),
            goal.to_owned(),
            counts(&work)?,
        ]);
    }
    Ok(section)
}

/// What the three say, or one number where they agree.
fn counts(work: &Path) -> Result<String> {
    let result = fs_err::read(work.join("temp/robot/coverage-gate.result.json"))?;
    let result: serde_json::Value = serde_json::from_slice(&result)?;
    let ours = result["outputs"]["total"].as_f64().context("no total")?;
    let statements = result["outputs"]["statements"].as_u64().context("no statements")?;
    // `Total test coverage: 80% (1600/2000)`
    let log = fs_err::read_to_string(work.join("peer.log"))?;
    let theirs = log
        .lines()
        .find(|line| line.contains("Total test coverage"))
        .and_then(|line| line.rsplit_once('('))
        .map(|(_, counts)| counts.trim_end().trim_end_matches(')').to_owned())
        .context("go-test-coverage printed no total")?;
    let mut go = command("go");
    go.args(["tool", "cover", "-func=cover.out"]).current_dir(work);
    let mut child = go.stdout(Stdio::piped()).spawn()?;
    let mut last = String::new();
    for line in BufReader::new(child.stdout.take().context("no output")?).lines() {
        last = line?;
    }
    child.wait()?;
    let go = last.split_whitespace().last().unwrap_or_default();
    let covered = (ours * statements as f64 / 100.0).round();
    let mine = format!("{covered}/{statements}");
    let same = mine == theirs && format!("{ours:.1}%") == go;
    if same {
        return Ok(format!("equal: {mine}"));
    }
    Ok(format!("coverage-gate {mine} ({ours:.1}%), go-test-coverage {theirs}, go {go}"))
}

/// A checkout of the module with the profile of its tests.
fn checkout(module: &str, folder: &Path) -> Result<PathBuf> {
    let work = folder.join("coverage-modules").join(module.replace(['/', '@'], "-"));
    if work.join("cover.out").is_file() {
        return Ok(work);
    }
    let mut go = command("go");
    go.args(["mod", "download", "-json", module]).current_dir(folder);
    let answer = go.output()?;
    ensure!(answer.status.success(), "{module} cannot be downloaded");
    let answer: serde_json::Value = serde_json::from_slice(&answer.stdout)?;
    let source = answer["Dir"].as_str().context("no folder of the module")?;
    let _ = fs_err::remove_dir_all(&work);
    fs_err::create_dir_all(&work)?;
    require(command("cp").arg("-r").arg(format!("{source}/.")).arg(&work))?;
    require(command("chmod").args(["-R", "u+w"]).arg(&work))?;
    let mut go = command("go");
    go.args(["test", "-covermode=atomic", "-coverprofile=cover.part", "./..."]);
    let ended = go.current_dir(&work).status()?;
    ensure!(work.join("cover.part").is_file(), "{module}: go test ended with {ended}, no profile");
    fs_err::rename(work.join("cover.part"), work.join("cover.out"))?;
    Ok(work)
}

/// A module of 1,000 files with 1,000 functions each, and its profile.
fn make(work: &Path) -> Result<()> {
    if work.join("cover.out").is_file() {
        return Ok(());
    }
    fs_err::create_dir_all(work)?;
    fs_err::write(work.join("go.mod"), "module example.com/made\n\ngo 1.19\n")?;
    let mut profile = BufWriter::new(fs_err::File::create(work.join("cover.part"))?);
    writeln!(profile, "mode: atomic")?;
    for file in 0..1000 {
        let package = format!("p{}", file / 20);
        fs_err::create_dir_all(work.join(&package))?;
        let mut source = format!("package {package}\n\n");
        for function in 0..1000 {
            let _ = write!(
                source,
                "// F{file}x{function} answers.\nfunc F{file}x{function}(n int) int {{\n\treturn n + {function}\n}}\n\n"
            );
            let line = 4 + 5 * function;
            let column = format!("func F{file}x{function}(n int) int ").len() + 1;
            let count = (file * 7 + function) % 5;
            writeln!(
                profile,
                "example.com/made/{package}/f{file}.go:{line}.{column},{}.2 1 {count}",
                line + 2
            )?;
        }
        fs_err::write(work.join(&package).join(format!("f{file}.go")), source)?;
    }
    profile.flush()?;
    // Written last: a module without it is created again.
    Ok(fs_err::rename(work.join("cover.part"), work.join("cover.out"))?)
}
