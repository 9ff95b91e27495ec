//! Twelve cells of the example against the same cells one after another in shell.

use super::measure::{self, Cost};
use super::page::{Section, seconds};
use super::robot::Robot;
use crate::{command, require};
use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

const GO: [&str; 6] = ["1.19.13", "1.20.14", "1.21.13", "1.22.12", "1.25.1", "1.26.1"];
const MODULE: &str = "gopkg.in/yaml.v3";
const VERSIONS: [&str; 2] = ["v3.0.0", "v3.0.1"];

pub(crate) fn run(robot: &Robot, rounds: usize, folder: &Path, program: &Path) -> Result<Section> {
    let mut section = Section::new(
        "Matrix",
        "Twelve cells of the example robot: six Go versions with two versions of a module, each tested and vetted. \
         Toolchains, modules and objects are there (warm). By hand: one cell after another in shell, with a go.mod of \
         its own. `--fresh` tests every cell; unchanged: a second run on the same tree. Medians.",
        &["way", ">wall", ">CPU", ">against by hand", ">goal"],
    );
    let place = folder.join("matrix");
    let _ = fs_err::remove_dir_all(&place);
    fs_err::create_dir_all(&place)?;
    let tree = place.join("robot");
    require(command("cp").arg("-a").args([&robot.source, &tree]))?;
    let settings = format!(
        "go-matrix: {{go: [{}], modules: {{{MODULE}: [{}]}}}}\n",
        GO.map(|go| format!("'{go}'")).join(", "),
        VERSIONS.join(", ")
    );
    let own = place.join("robot.yml");
    fs_err::write(&own, settings)?;
    let script = place.join("by-hand.sh");
    fs_err::write(&script, by_hand())?;
    let with = |mut command: Command| {
        command.current_dir(&tree).env("GOCACHE", place.join("build"));
        command.env("RUNNER_TEMP", place.join("temp")).env("GITHUB_ACTIONS", "false");
        command
    };
    let mut hand = with(command("bash"));
    hand.arg(&script).env("CELLS", place.join("cells"));
    let ours = |more: &[&str]| {
        let mut ours = with(command(&program.to_string_lossy()));
        ours.args(["go-matrix", "--config"]).arg(&own).args(more);
        ours
    };
    let (mut fresh, mut unchanged) = (ours(&["--fresh"]), ours(&[]));
    let log = place.join("log");
    // Both find everything that they can reuse.
    measure::run(&mut hand, &log, &[0])?;
    measure::run(&mut fresh, &log, &[0])?;
    let mut costs: [Vec<Cost>; 3] = Default::default();
    for _ in 0..rounds {
        costs[0].push(measure::run(&mut hand, &log, &[0])?);
        costs[1].push(measure::run(&mut fresh, &log, &[0])?);
        ensure!(reused(&place)? == 0, "`--fresh` reused cells");
        costs[2].push(measure::run(&mut unchanged, &log, &[0])?);
        ensure!(reused(&place)? == 12, "not all cells were reused");
    }
    let [hand, fresh, unchanged] = costs.map(measure::median);
    let cores = std::thread::available_parallelism()?.get() as f64;
    let least = hand.cpu.as_secs_f64() / cores;
    let rows = [
        ("by hand", hand, String::new()),
        (
            "go-matrix --fresh",
            fresh,
            format!("≤ {:.2} s (1.15 × CPU by hand ÷ cores)", 1.15 * least),
        ),
        ("go-matrix, unchanged", unchanged, "≥ 20 ×, < 0.5 s".to_owned()),
    ];
    for (way, cost, goal) in rows {
        let ratio = hand.wall.as_secs_f64() / cost.wall.as_secs_f64();
        section.row([
            way.to_owned(),
            seconds(cost.wall),
            seconds(cost.cpu),
            format!("{ratio:.2} ×"),
            goal,
        ]);
    }
    Ok(section)
}

fn reused(place: &Path) -> Result<u64> {
    let result = fs_err::read(place.join("temp/robot/go-matrix.result.json"))?;
    let result: Value = serde_json::from_slice(&result)?;
    result["outputs"]["reused"].as_u64().context("go-matrix left no result")
}

fn by_hand() -> String {
    format!(
        "set -e
mkdir -p \"$CELLS\"
for go in {}; do
  for version in {}; do
    file=\"$CELLS/$go-$version\"
    cp go.mod \"$file.mod\"
    cp go.sum \"$file.sum\"
    export GOTOOLCHAIN=go$go
    go mod edit -require={MODULE}@$version \"$file.mod\"
    go list -modfile=\"$file.mod\" -mod=mod -deps -test ./... >/dev/null
    go test -count=1 -vet=off -modfile=\"$file.mod\" ./...
    go vet -modfile=\"$file.mod\" ./...
  done
done
",
        GO.join(" "),
        VERSIONS.join(" ")
    )
}
