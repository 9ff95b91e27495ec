//! Images: what building and pushing one costs beside compiling its program, against ko.

use super::measure::{self, Cost};
use super::page::{Section, seconds};
use super::registry::Registry;
use super::robot::Robot;
use crate::{command, require, setup};
use anyhow::{Context as _, Result};
use std::path::Path;

/// The program that goes into the image.
const PACKAGE: &str = "./cmd/echo-robot";
pub(crate) fn run(example: &Robot, rounds: usize, folder: &Path, robot: &Path) -> Result<Section> {
    let mut section = Section::new(
        "Building and pushing an image",
        "`go-image build` and `ko build` on the example robot with a registry on this machine, minus the same \
         `go build` with a warm cache. ko has an empty base image, no SBOM and the same flags.",
        &[
            "what",
            ">go build",
            ">ko beside it",
            ">go-image beside it",
            ">ratio",
            ">goal",
            ">ko sent",
            ">go-image sent",
        ],
    );
    let work = folder.join("image");
    let _ = fs_err::remove_dir_all(&work);
    fs_err::create_dir_all(&work)?;
    let checkout = work.join("robot");
    require(command("cp").arg("--recursive").arg(&example.source).arg(&checkout))?;
    let git = |arguments: &[&str]| {
        let mut git = command("git");
        git.args(["-c", "user.name=t", "-c", "user.email=t@example.com"]).args(arguments);
        require(git.current_dir(&checkout))
    };
    git(&["init", "--quiet"])?;
    let ko = setup::peer("ko")?;
    let crane = setup::peer("crane")?;
    let main = checkout.join("cmd/echo-robot/main.go");
    let source = fs_err::read_to_string(&main)?;
    let registry = Registry::start(&work)?;
    let base = format!("{}/base", registry.host);
    fs_err::write(work.join("empty.tar"), vec![0; 1024])?;
    let mut append = command(&crane.to_string_lossy());
    append.args(["append", "--new_tag", &base, "--new_layer"]).arg(work.join("empty.tar"));
    append.args(["--platform", "linux/amd64"]);
    require(append.stdout(std::process::Stdio::null()))?;
    let mut edits = 0;
    let mut edit = || -> Result<()> {
        edits += 1;
        fs_err::write(
            &main,
            format!("{source}\nvar edit = \"{edits}\"\n\nfunc init() {{ println(edit) }}\n"),
        )?;
        git(&["add", "--all"])?;
        git(&["commit", "--quiet", "--message=edit"])
    };
    let compile = || {
        let mut go = command("go");
        go.args(["build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o"]);
        go.arg(work.join("program")).arg(PACKAGE).env("CGO_ENABLED", "0");
        measure::run(go.current_dir(&checkout), &work.join("go.log"), &[0])
    };
    let ours = |name: &str| {
        let mut build = command(&robot.to_string_lossy());
        let image = format!("--image={}/{name}", registry.host);
        build.args(["go-image", "build", &image, "--packages", PACKAGE]);
        build.args(["--sbom=false", "--files=configs:/configs"]);
        build.env("RUNNER_TEMP", work.join("temp")).env("DOCKER_CONFIG", &work);
        measure::run(build.current_dir(&checkout), &work.join("ours.log"), &[0])
    };
    let theirs = |name: &str| {
        let mut build = command(&ko.to_string_lossy());
        build.args(["build", "--bare", "--sbom=none", "--platform=linux/amd64", PACKAGE]);
        build.env("KO_DOCKER_REPO", format!("{}/{name}", registry.host));
        build.env("KO_DEFAULTBASEIMAGE", &base).env("GOFLAGS", "-ldflags=-s");
        build.env("DOCKER_CONFIG", &work);
        measure::run(build.current_dir(&checkout), &work.join("ko.log"), &[0])
    };
    for (what, is_cold) in [("nothing in the registry", true), ("one line changed", false)] {
        let (mut plain, mut peer, mut own) = (Vec::new(), Vec::new(), Vec::new());
        let (mut peer_bytes, mut own_bytes) = (0, 0);
        for round in 0..rounds {
            edit()?;
            // Everything is compiled; each command below links once.
            compile()?;
            plain.push(compile_again(&work, compile)?);
            let name = |who: &str| if is_cold { format!("{who}-{round}") } else { who.to_owned() };
            let before = registry.size()?;
            peer.push(theirs(&name("ko"))?);
            let between = registry.size()?;
            own.push(ours(&name("ours"))?);
            let after = registry.size()?;
            (peer_bytes, own_bytes) = (between - before, after - between);
        }
        let [plain, peer, own] = [plain, peer, own].map(measure::median);
        let beside = |cost: Cost| cost.wall.saturating_sub(plain.wall);
        let (peer, own) = (beside(peer), beside(own));
        section.row([
            what.to_owned(),
            seconds(plain.wall),
            seconds(peer),
            seconds(own),
            format!("{:.2}", own.as_secs_f64() / peer.as_secs_f64()),
            "≤ 1/3".to_owned(),
            format!("{} KB", peer_bytes / 1000),
            format!("{} KB", own_bytes / 1000),
        ]);
    }
    Ok(section)
}

/// Links again: the program of before is gone.
fn compile_again(work: &Path, compile: impl Fn() -> Result<Cost>) -> Result<Cost> {
    fs_err::remove_file(work.join("program")).context("there is no program")?;
    compile()
}
