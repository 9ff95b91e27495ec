//! The scanners of `security-gate` at once, against the same one after another.

use super::measure::{self, Cost};
use super::page::{Section, megabytes, seconds};
use super::robot::{self, Robot};
use crate::{command, require, setup};
use anyhow::{Context as _, Result};
use data_encoding::HEXLOWER;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub(crate) fn run(robots: &[Robot], rounds: usize, folder: &Path, robot: &Path) -> Result<Section> {
    let cores = std::thread::available_parallelism()?.get() as f64;
    let mut section = Section::new(
        "Scanners at once",
        "`security-gate` with gosec, govulncheck and, where it is built, trivy on a robot whose packages are in the \
         build cache, against the same programs one after another. The databases are folders on this machine, in \
         which nothing is vulnerable. The bound is the larger of the slowest scanner alone and the CPU seconds of \
         all divided by the cores.",
        &[
            "robot",
            "scanners",
            ">one after another (CPU)",
            ">memory",
            ">security-gate (CPU)",
            ">memory",
            ">of the bound",
            ">goal",
        ],
    );
    let work = folder.join("scanners");
    let _ = fs_err::remove_dir_all(&work);
    let programs = programs()?;
    let names: Vec<&str> = programs.iter().map(|(name, _)| *name).collect();
    let path = path(&programs)?;
    let database = database(&work.join("vulndb"))?;
    for subject in robots {
        let repository = work.join(subject.name());
        let commit = subject.prepare(&repository, &folder.join("proxy"))?;
        let alone = |name: &str, program: &Path| -> Result<Cost> {
            let mut scanner = command(&program.to_string_lossy());
            scanner.args(arguments(name, &repository, &work, &database)?).current_dir(&repository);
            measure::run(&mut scanner, &work.join(format!("{name}.log")), &[0, 1])
        };
        let gate = || -> Result<Cost> {
            let mut gate = command(&robot.to_string_lossy());
            gate.args(["security-gate", "--mode=report", "--vulnerability-db", &database]);
            gate.arg(format!("--scanners={}", names.join(",")));
            if let Some(trivy) = trivy_arguments() {
                gate.arg(format!("--trivy-arguments={}", trivy.join(",")));
            }
            gate.env("PATH", &path).env("RUNNER_TEMP", work.join("temp"));
            // trivy's database may be old: what counts here is the time.
            measure::run(gate.current_dir(&repository), &work.join("gate.log"), &[0, 11])
        };
        // What go compiles for them is in its cache from here on.
        gate()?;
        let (mut theirs, mut ours, mut bounds) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            let each: Vec<Cost> = programs
                .iter()
                .map(|(name, program)| alone(name, program))
                .collect::<Result<_>>()?;
            let all = each.iter().fold(Cost::default(), |sum, cost| sum + *cost);
            let slowest = each.iter().map(|cost| cost.wall.as_secs_f64()).fold(0.0, f64::max);
            bounds.push(slowest.max(all.cpu.as_secs_f64() / cores));
            theirs.push(all);
            ours.push(gate()?);
        }
        bounds.sort_by(f64::total_cmp);
        let bound = bounds.get(bounds.len() / 2).copied().unwrap_or_default();
        let (theirs, ours) = (measure::median(theirs), measure::median(ours));
        let both = |cost: Cost| format!("{} ({})", seconds(cost.wall), seconds(cost.cpu));
        section.row([
            format!("{} {commit}", subject.name()),
            names.join(", "),
            both(theirs),
            megabytes(theirs.memory),
            both(ours),
            megabytes(ours.memory),
            format!("{:.2} ×", ours.wall.as_secs_f64() / bound),
            "≤ 1.15 ×".to_owned(),
        ]);
    }
    let example = robots.first().context("there is no robot")?;
    let repository = work.join(example.name());
    let cost = first(&repository, &folder.join("proxy"), &work, &database, &programs, robot)?;
    section.note(format!(
        "With empty caches, and archives of the scanners, modules and databases in folders, the first verdict on {} \
         comes after {} ({} of CPU); the goal is 60 s.",
        example.name(),
        seconds(cost.wall),
        seconds(cost.cpu)
    ));
    Ok(section)
}

/// With nothing in any cache: archives of the scanners, modules and the database come from folders.
fn first(
    repository: &Path,
    proxy: &Path,
    work: &Path,
    database: &str,
    programs: &[(&'static str, PathBuf)],
    robot: &Path,
) -> Result<Cost> {
    let mut tools = json!({});
    for (name, program) in programs {
        let archive = work.join(format!("{name}.tar.gz"));
        let folder = program.parent().context("a program without a folder")?;
        require(command("tar").arg("-czf").arg(&archive).arg("-C").arg(folder).arg(name))?;
        let sum = HEXLOWER.encode(&Sha256::digest(fs_err::read(&archive)?));
        tools[name] = json!({"url": format!("file://{}", archive.display()), "sha256": sum});
    }
    let trivy = trivy_arguments().unwrap_or_default();
    let settings = json!({"security-gate": {
        "tools": tools, "vulnerability-db": database, "trivy-arguments": trivy, "mode": "report",
    }});
    let file = work.join("first.yml");
    fs_err::write(&file, settings.to_string())?;
    let empty = work.join("empty");
    let mut gate = command(&robot.to_string_lossy());
    gate.arg("security-gate").arg("--config").arg(&file);
    gate.env("RUNNER_TEMP", empty.join("temp")).env("GOCACHE", empty.join("build"));
    gate.env("GOMODCACHE", empty.join("modules"))
        .env("GOFLAGS", "-modcacherw")
        .env("GOSUMDB", "off");
    gate.env("GOPROXY", format!("file://{}", proxy.join("cache/download").display()));
    let cost = measure::run(gate.current_dir(repository), &work.join("first.log"), &[0, 11]);
    let _ = fs_err::remove_dir_all(empty);
    cost
}

/// The scanners that tests install; trivy is built by hand for the slow tier.
fn programs() -> Result<Vec<(&'static str, PathBuf)>> {
    let mut programs =
        vec![("gosec", setup::peer("gosec")?), ("govulncheck", setup::peer("govulncheck")?)];
    programs.extend(setup::built("trivy")?.map(|program| ("trivy", program)));
    Ok(programs)
}

/// `PATH` with the folders of the programs first.
fn path(programs: &[(&str, PathBuf)]) -> Result<std::ffi::OsString> {
    let own = programs.iter().filter_map(|(_, program)| program.parent().map(Path::to_owned));
    let path = std::env::var_os("PATH").context("PATH is not set")?;
    Ok(std::env::join_paths(own.chain(std::env::split_paths(&path)))?)
}

/// What the gate asks of each of them.
fn arguments(name: &str, repository: &Path, work: &Path, database: &str) -> Result<Vec<String>> {
    let report = |name: &str| work.join(name).display().to_string();
    Ok(match name {
        "gosec" => {
            let listed = robot::output(repository, "go", &["list", "-f", "{{.Dir}}", "./..."])?;
            let folders: BTreeSet<String> = listed.lines().map(str::to_owned).collect();
            let mut arguments = vec![
                "-fmt=json".to_owned(),
                "-track-suppressions".to_owned(),
                format!("-out={}", report("gosec.json")),
            ];
            arguments.extend(folders);
            arguments
        }
        "govulncheck" => ["-format", "json", "-db", database, "./..."].map(str::to_owned).to_vec(),
        _ => {
            let mut arguments = ["fs", "--format", "json", "--quiet", "--scanners", "vuln"]
                .map(str::to_owned)
                .to_vec();
            arguments.push(format!("--output={}", report("trivy.json")));
            arguments.extend(trivy_arguments().unwrap_or_default());
            arguments.push(".".to_owned());
            arguments
        }
    })
}

/// Lets trivy use the database in its cache folder, and ask nobody.
fn trivy_arguments() -> Option<Vec<String>> {
    let cache = setup::trivy_database().ok().filter(|folder| folder.is_dir())?;
    let mut arguments = [
        "--offline-scan",
        "--skip-db-update",
        "--skip-java-db-update",
        "--skip-check-update",
        "--skip-version-check",
    ]
    .map(str::to_owned)
    .to_vec();
    arguments.push(format!("--cache-dir={}", cache.display()));
    Some(arguments)
}

/// A database of Go's form that is of now and empty; its address.
fn database(folder: &Path) -> Result<String> {
    fs_err::create_dir_all(folder.join("index"))?;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs();
    let now = output_of_date(now)?;
    fs_err::write(folder.join("index/db.json"), json!({"modified": now}).to_string())?;
    fs_err::write(folder.join("index/modules.json"), "[]")?;
    fs_err::write(folder.join("index/vulns.json"), "[]")?;
    Ok(format!("file://{}", folder.display()))
}

fn output_of_date(seconds: u64) -> Result<String> {
    let since = format!("@{seconds}");
    robot::output(Path::new("/"), "date", &["--utc", "--date", &since, "+%Y-%m-%dT%H:%M:%SZ"])
}
