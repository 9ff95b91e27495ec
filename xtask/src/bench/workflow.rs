//! The reusable workflow under act, against the same steps written by hand.

use super::page::{Section, megabytes, seconds};
use super::robot::{Robot, output};
use crate::release_tree;
use crate::rules::pins::Pin;
use crate::{command, require, root, setup};
use anyhow::{Context as _, Result, ensure};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// What the article's workflow does, with the tools that it names.
const GLUE: &str = r#"on: [push, pull_request]
jobs:
  ci:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
      - uses: actions/setup-go@PIN
        with: {cache: false, go-version-file: go.mod}
      - uses: actions/cache/restore@PIN
        with: {path: FOLDER/build, key: setup-go-build-KEY}
      - uses: actions/cache/restore@PIN
        with: {path: FOLDER/modules, key: setup-go-modules-KEY}
      - {run: go mod download, working-directory: FOLDER/robot}
      - {run: go vet ./..., working-directory: FOLDER/robot}
      - {run: go build ./..., working-directory: FOLDER/robot}
      - {run: "GOTESTSUM --junitfile FOLDER/junit.xml -- -race -covermode=atomic -coverprofile=FOLDER/cover.out ./...", working-directory: FOLDER/robot}
      - {run: go tool cover -func=FOLDER/cover.out, working-directory: FOLDER/robot}
      - {run: GATE --profile=FOLDER/cover.out --threshold-total=1, working-directory: FOLDER/robot}
      - if: ${{ env.SAVE == 'true' }}
        uses: actions/cache/save@PIN
        with: {path: FOLDER/build, key: setup-go-build-KEY}
      - if: ${{ env.SAVE == 'true' }}
        uses: actions/cache/save@PIN
        with: {path: FOLDER/modules, key: setup-go-modules-KEY}
      - uses: actions/upload-artifact@PIN
        with: {name: junit, path: FOLDER/robot}
"#;

/// Lines of the hand-written workflow that are counted as free beside the tests: in `parallel:` steps they would run at the
/// same time.
const PARALLEL: [&str; 2] = ["go vet ./...", "go build ./..."];

const OURS: &str = "on: [push, pull_request]
jobs:
  robot:
    uses: org/robot-actions/.github/workflows/robot-ci.yml@v1
    with:
      working-directory: FOLDER/robot
";

const PAYLOAD: &str = r#"{"ref": "refs/heads/base", "number": 7, "pull_request": {"number": 7}, "repository": {"default_branch": "base"}}"#;

/// What stands in for actions of others under act, by the name that workflows give them.
fn stand_ins() -> Result<BTreeMap<String, PathBuf>> {
    let folder = root().join("crates/testkit/act");
    let pins =
        Pin::read(&root())?.into_iter().map(|pin| (pin.repository(), folder.join(pin.name())));
    Ok(pins.filter(|(_, folder)| folder.is_dir()).collect())
}

/// A job under act.
struct Job {
    wall: Duration,
    /// To the first line that says something of the code.
    first: Duration,
    restored: u64,
    saved: u64,
}

pub(crate) fn run(robots: &[Robot], rounds: usize, folder: &Path, robot: &Path) -> Result<Section> {
    let mut section = Section::new(
        "Workflow under act",
        "`robot-ci.yml@v1` from the release tree compared with the same steps written by hand with common \
        tools (setup-go's cache, gotestsum, go-test-coverage), both under act with \
        the same stand-ins for the services: a job after one leaf file changed (`leaf`) or only the README (`docs`), with the \
        caches that the job on the previous commit saved. For `docs`, vet and build of the hand-written workflow are \
        counted as free, as if they were `parallel:` steps beside the tests. The time includes restoring, saving and act's own work. The \
        checkout has the same path in each job, as on a hosted runner. `first line` is the time to the first line \
        about the code. Medians.",
        &[
            "robot",
            "change",
            "way",
            ">wall",
            ">first line",
            ">restored",
            ">saved",
            ">ratio",
            ">goal",
        ],
    );
    for (number, subject) in robots.iter().enumerate() {
        let bench = Bench { folder: folder.join(format!("workflow-{}", subject.name())) };
        let _ = command("chmod").args(["-R", "u+w"]).arg(&bench.folder).output();
        let _ = fs_err::remove_dir_all(&bench.folder);
        fs_err::create_dir_all(&bench.folder)?;
        subject.prepare(&bench.path("repository"), &folder.join("proxy"))?;
        release_tree::write_development(&bench.path("tree"), robot, "org/robot-actions@v1")?;
        if number == 0 {
            compare(&bench, subject, ("leaf", GLUE, "≥ 3 ×"), rounds, folder, &mut section)?;
        }
        let free = |line: &&str| !PARALLEL.iter().any(|free| line.contains(free));
        let rest: String = GLUE.lines().filter(free).map(|line| format!("{line}\n")).collect();
        compare(&bench, subject, ("docs", &rest, "≥ 11.2 ×"), rounds, folder, &mut section)?;
    }
    Ok(section)
}

/// Adds the rows of one change, whose branch, hand-written workflow and goal are given.
fn compare(
    bench: &Bench,
    subject: &Robot,
    (change, by_hand, goal): (&str, &str, &str),
    rounds: usize,
    folder: &Path,
    section: &mut Section,
) -> Result<()> {
    // gotestsum's lines have the names of packages, and the last one their number.
    let line_of_tests = if subject.name() == "echo-robot" { "echo-robot (" } else { " tests in " };
    let ways = [("by hand", by_hand, line_of_tests), ("robot-ci.yml", OURS, "✓ build")];
    let mut medians = Vec::new();
    for (name, workflow, said) in ways {
        let workflow = bench.workflow(workflow)?;
        for forgotten in ["caches", "artifacts"] {
            let _ = fs_err::remove_dir_all(bench.path(forgotten));
            fs_err::create_dir_all(bench.path(forgotten))?;
        }
        bench.job(&workflow, "base", said, &folder.join("proxy"))?;
        let mut jobs = Vec::new();
        for _ in 0..rounds {
            // What a job on the default branch saved stays; what this one saves is taken back.
            let before = bench.caches()?;
            jobs.push(bench.job(&workflow, change, said, &folder.join("proxy"))?);
            for cache in bench.caches()? {
                if !before.contains(&cache) {
                    fs_err::remove_file(bench.path("caches").join(cache))?;
                }
            }
        }
        jobs.sort_by_key(|job| job.wall);
        let middle = jobs.swap_remove(jobs.len() / 2);
        medians.push((name, middle));
    }
    let slowest = medians.first().map(|(_, job)| job.wall).context("nothing was measured")?;
    for (name, job) in medians {
        let ratio = slowest.as_secs_f64() / job.wall.as_secs_f64();
        let is_ours = name != "by hand";
        section.row([
            subject.name(),
            change.to_owned(),
            name.to_owned(),
            seconds(job.wall),
            seconds(job.first),
            megabytes(job.restored),
            megabytes(job.saved),
            if is_ours { format!("{ratio:.2} ×") } else { String::new() },
            if is_ours { goal.to_owned() } else { String::new() },
        ]);
    }
    Ok(())
}

struct Bench {
    folder: PathBuf,
}

impl Bench {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn workflow(&self, text: &str) -> Result<String> {
        let mut text = text.to_owned();
        for pin in Pin::read(&root())? {
            text = text.replace(&format!("{}@PIN", pin.action), &pin.reference());
        }
        let [gotestsum, gate] = ["gotestsum", "go-test-coverage"].map(setup::peer);
        let key = output(&self.path("repository"), "git", &["hash-object", "go.mod"])?;
        Ok(text
            .replace("FOLDER", &self.path("job").display().to_string())
            .replace("GOTESTSUM", &gotestsum?.display().to_string())
            .replace("GATE", &gate?.display().to_string())
            .replace("KEY", &key))
    }

    fn caches(&self) -> Result<Vec<std::ffi::OsString>> {
        let entries = fs_err::read_dir(self.path("caches"))?;
        Ok(entries.map(|entry| Ok(entry?.file_name())).collect::<std::io::Result<_>>()?)
    }

    /// A job on a fresh runner.
    fn job(&self, workflow: &str, branch: &str, said: &str, proxy: &Path) -> Result<Job> {
        let job = self.path("job");
        let _ = command("chmod").args(["-R", "u+w"]).arg(&job).output();
        let _ = fs_err::remove_dir_all(&job);
        fs_err::create_dir_all(&job)?;
        let clone = job.join("robot");
        let from = self.path("repository");
        let git = |arguments: &[&str]| require(command("git").arg("-C").arg(&from).args(arguments));
        git(&["checkout", "--quiet", branch])?;
        require(
            command("git").args(["clone", "--quiet", "--branch", branch]).args([&from, &clone]),
        )?;
        // As on GitHub: the default branch saves, a pull request starts from that.
        let event = if branch == "base" { "push" } else { "pull_request" };
        let payload = self.path("event.json");
        fs_err::write(&payload, PAYLOAD)?;
        // act runs what is committed; the caller's file is not part of the robot.
        let caller = self.path("caller.yml");
        fs_err::write(&caller, workflow)?;
        let stand_ins = stand_ins()?;
        let local =
            |name: &str, path: &Path| format!("--local-repository={name}={}", path.display());
        let variable = |name: &str, value: &str| format!("--env={name}={value}");
        let act = setup::run()?.remove("ROBOT_TEST_ACT").context("act is not set up")?;
        let mut act = command(&act.to_string_lossy());
        act.current_dir(&from)
            .env_clear()
            .envs(std::env::vars_os().filter(|(name, _)| name == "HOME" || name == "PATH"))
            .args([event, "--platform=ubuntu-latest=-self-hosted", "--action-offline-mode"])
            .arg(format!("--workflows={}", caller.display()))
            .arg(format!("--eventpath={}", payload.display()))
            .arg(local("org/robot-actions@v1", &self.path("tree")))
            .args(stand_ins.iter().map(|(name, folder)| local(name, folder)))
            .arg(format!("--action-cache-path={}", self.path("act").display()))
            .arg(variable("STUB_CACHES", &self.path("caches").display().to_string()))
            .arg(variable("STUB_ARTIFACTS", &self.path("artifacts").display().to_string()))
            .arg(variable("GOCACHE", &job.join("build").display().to_string()))
            .arg(variable("GOMODCACHE", &job.join("modules").display().to_string()))
            .arg(variable("GOFLAGS", "-modcacherw"))
            .arg(variable("GOSUMDB", "off"))
            .arg(variable("GOPROXY", &format!("file://{}", proxy.join("cache/download").display())))
            .arg(variable("SAVE", if branch == "base" { "true" } else { "false" }));
        let start = Instant::now();
        let mut child = act.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let stdout = child.stdout.take().context("act has no standard output")?;
        let (mut first, mut restored, mut saved) = (None, 0, 0);
        let mut log = String::new();
        for line in BufReader::new(stdout).lines() {
            let line = line?;
            if first.is_none() && line.contains(said) && !line.contains("Success") {
                first = Some(start.elapsed());
            }
            let size = |mark: &str| {
                let (_, key) = line.split_once(mark)?;
                let name = format!("{}.tar", key.trim().replace('/', "%"));
                Some(fs_err::metadata(self.path("caches").join(name)).ok()?.len())
            };
            restored += size("| restored: ").unwrap_or(0);
            saved += size("| saved: ").unwrap_or(0);
            let _ = writeln!(log, "{:6.2} {line}", start.elapsed().as_secs_f64());
        }
        let status = child.wait()?;
        let wall = start.elapsed();
        let file = self.path(&format!("{branch}.log"));
        fs_err::write(&file, log)?;
        ensure!(status.success(), "act failed; its output is in {}", file.display());
        let first = first.with_context(|| format!("`{said}` is not in {}", file.display()))?;
        Ok(Job { wall, first, restored, saved })
    }
}
