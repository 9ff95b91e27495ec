//! Merging many SARIF files, and reading a long stream of govulncheck.

use super::measure::{self, Cost};
use super::page::{Section, megabytes, seconds};
use crate::{command, setup};
use anyhow::Result;
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::{Path, PathBuf};

const FILES: usize = 10;
const FINDINGS: usize = 10_000;
/// Bytes of the stream.
const STREAM: usize = 200 << 20;

pub(crate) fn run(rounds: usize, folder: &Path, robot: &Path) -> Result<Section> {
    let mut section = Section::new(
        "Merging security reports",
        "`security-gate` on ten SARIF files of 10,000 findings each, three quarters of which occur in several files, \
        compared with `sarif-multitool merge`, which merges only equal findings; then on a stream of govulncheck. \
         From start to exit, all files written.",
        &["what", ">peer (CPU)", ">memory", ">security-gate (CPU)", ">memory", ">ratio", ">goal"],
    );
    let work = folder.join("security");
    fs_err::create_dir_all(&work)?;
    let files: Vec<PathBuf> =
        (0..FILES).map(|file| write_sarif(&work, file)).collect::<Result<_>>()?;
    let multitool = setup::peer("sarif-multitool")?;
    let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let gate = |reports: &str| -> Result<Cost> {
        let mut gate = command(&robot.to_string_lossy());
        gate.args(["security-gate", "--mode=report", "--reports", reports]);
        gate.env("RUNNER_TEMP", work.join("temp")).current_dir(&work);
        measure::run(&mut gate, &work.join("ours.log"), &[0, 11])
    };
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let mut peer = command(&multitool.to_string_lossy());
        peer.arg("merge").args(&files).arg("--output-file").arg(work.join("merged.sarif"));
        peer.args(["--log", "ForceOverwrite"]).env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1");
        theirs.push(measure::run(&mut peer, &work.join("peer.log"), &[0])?);
        ours.push(gate(&names.join(","))?);
    }
    let (theirs, ours) = (measure::median(theirs), measure::median(ours));
    let both = |cost: Cost| format!("{} ({})", seconds(cost.wall), seconds(cost.cpu));
    section.row([
        "merge 100,000 findings".to_owned(),
        both(theirs),
        megabytes(theirs.memory),
        both(ours),
        megabytes(ours.memory),
        format!("{:.1} ×", theirs.wall.as_secs_f64() / ours.wall.as_secs_f64()),
        "≥ 20 ×, ≤ 300 MB".to_owned(),
    ]);
    let stream = write_stream(&work)?.display().to_string();
    let read = (0..rounds).map(|_| gate(&stream)).collect::<Result<_>>()?;
    let read = measure::median(read);
    section.row([
        "a stream of 200 MB".to_owned(),
        "–".to_owned(),
        "–".to_owned(),
        both(read),
        megabytes(read.memory),
        "–".to_owned(),
        "≤ 64 MB".to_owned(),
    ]);
    Ok(section)
}

fn write_sarif(folder: &Path, file: usize) -> Result<PathBuf> {
    let finding = |index: usize| {
        let number = if index.is_multiple_of(4) { index + file * FINDINGS } else { index };
        let (rule, text) = match number % 2 {
            0 => (format!("G{}", number % 90 + 100), format!("Finding {number}")),
            _ => (
                format!("CVE-2024-{:05}", number % 700),
                format!(
                    "Finding {number}\nPackage: example.com/m{}/x\nInstalled Version: 1.{}.0\nFixed Version: 2.0.0",
                    number % 97,
                    number % 13
                ),
            ),
        };
        json!({"ruleId": rule, "level": "error", "message": {"text": text}, "locations": [{
            "physicalLocation": {
                "artifactLocation": {"uri": format!("pkg/p{}/file{}.go", number % 311, number % 17)},
                "region": {"startLine": number % 900 + 1, "snippet": {"text": format!("call{number}(x, y)")}},
            },
        }]})
    };
    let results: Vec<Value> = (0..FINDINGS).map(finding).collect();
    let driver = json!({"name": format!("tool{file}"), "version": "1.0.0"});
    let log =
        json!({"version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]});
    let path = folder.join(format!("{file}.sarif"));
    fs_err::write(&path, log.to_string())?;
    Ok(path)
}

fn write_stream(folder: &Path) -> Result<PathBuf> {
    let path = folder.join("stream.json");
    let mut file = std::io::BufWriter::new(fs_err::File::create(&path)?);
    let config = json!({"config": {
        "protocol_version": "v1.0.0", "scanner_name": "govulncheck", "scanner_version": "v1.9.0",
        "db_last_modified": "2026-11-01T00:00:00Z", "scan_level": "symbol", "scan_mode": "source",
    }});
    let sbom =
        json!({"SBOM": {"go_version": "go1.26.8", "modules": [{"path": "m"}], "roots": ["m"]}});
    write!(file, "{config:#}\n{sbom:#}\n")?;
    let (mut written, mut number) = (0, 0);
    while written < STREAM {
        let id = number % 20_000;
        let advisory = json!({"osv": {
            "id": format!("GO-2030-{id:05}"), "aliases": [format!("CVE-2030-{id:05}")],
            "summary": "A flaw", "details": "x".repeat(3000),
        }});
        let text = format!("{advisory:#}\n");
        file.write_all(text.as_bytes())?;
        written += text.len();
        number += 1;
    }
    let checking =
        json!({"progress": {"message": "Checking the code against the vulnerabilities..."}});
    writeln!(file, "{checking:#}")?;
    file.flush()?;
    Ok(path)
}
