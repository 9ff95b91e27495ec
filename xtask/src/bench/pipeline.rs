//! `robot ci` against the article's steps, one after another.

use super::job::{Runner, Way};
use super::measure::{self, Cost};
use super::page::{Section, megabytes, seconds};
use super::robot::Robot;
use anyhow::{Context as _, Result};
use serde_json::Value;
use std::path::Path;

const CHANGES: [(&str, f64); 3] = [("docs", 4.0), ("leaf", 2.5), ("bump", 1.3)];

pub(crate) fn run(robots: &[Robot], rounds: usize, folder: &Path, robot: &Path) -> Result<Section> {
    let mut section = Section::new(
        "Pipeline: `robot ci` against hand-written steps",
        "A job on a new clone with the caches that a job on the previous commit saved. Hand-written steps (glue): `go mod \
         download`, `go vet`, `go build`, `go test -race` with a cover profile, `go tool cover`, and \
         setup-go's cache (key from go.mod, no fallback). Ours: `cache-key compute` and `robot ci` \
         without a robot.yml, which does the same work. Restoring and saving are not timed; the table shows the \
         restored size. Modules come from a folder, as from a nearby proxy. `docs` \
         replaces the README, `leaf` adds a function to the tested package that the fewest others import, \
         `bump` changes one dependency. The example's figures are medians; the other robots ran once. Wall seconds with CPU seconds beside them.",
        &[
            "robot",
            "change",
            ">glue (CPU)",
            ">restored",
            ">robot ci (CPU)",
            ">restored",
            ">ratio",
            ">goal",
        ],
    );
    let mut efficiency: Vec<(String, f64)> = Vec::new();
    for (number, subject) in robots.iter().enumerate() {
        let runner = Runner {
            folder: folder.join(subject.name()),
            robot: robot.to_owned(),
            proxy: folder.join("proxy"),
        };
        runner.forget();
        let commit = subject
            .prepare(&runner.repository(), &runner.proxy)
            .with_context(|| format!("{} cannot be prepared", subject.name()))?;
        let name = format!("{} {commit}", subject.name());
        for way in [Way::Glue, Way::Robot] {
            runner.run(way, "base", true)?;
        }
        for (change, goal) in CHANGES {
            let (mut glue, mut ours) = (Vec::new(), Vec::new());
            let mut restored = (0, 0);
            for _ in 0..if number == 0 { rounds } else { 1 } {
                let job = runner.run(Way::Glue, change, false)?;
                glue.push(job.cost);
                restored.0 = job.restored;
                let job = runner.run(Way::Robot, change, false)?;
                ours.push(job.cost);
                restored.1 = job.restored;
                if let Some(ratio) = job.result.as_ref().and_then(concurrency) {
                    efficiency.push((format!("{} {change}", subject.name()), ratio));
                }
            }
            let (glue, ours) = (measure::median(glue), measure::median(ours));
            let both = |cost: Cost| format!("{} ({})", seconds(cost.wall), seconds(cost.cpu));
            section.row([
                name.clone(),
                change.to_owned(),
                both(glue),
                megabytes(restored.0),
                both(ours),
                megabytes(restored.1),
                format!("{:.2} ×", glue.wall.as_secs_f64() / ours.wall.as_secs_f64()),
                format!("≥ {goal} ×"),
            ]);
        }
    }
    let worst = efficiency.iter().max_by(|(_, a), (_, b)| a.total_cmp(b));
    if let Some((what, ratio)) = worst {
        section.note(format!(
            "Concurrency: wall time of `robot ci` is at most {ratio:.2} × max(critical path, CPU \
             seconds ÷ cores) ({what} is the worst of {} runs); the goal is 1.15.",
            efficiency.len()
        ));
    }
    Ok(section)
}

/// Wall time of a run ÷ the least that its steps allow. The default pipeline has two chains:
/// prepare, build, vet, prune and prepare, test, prune.
fn concurrency(result: &Value) -> Option<f64> {
    let blocks = result["report"]["blocks"].as_array()?;
    let bars = blocks.iter().find_map(|block| block["bars"].as_array())?;
    let time = |name: &str| {
        let bar = bars.iter().find(|bar| bar["label"] == name)?;
        Some((bar["start"].as_f64()?, bar["end"].as_f64()?))
    };
    let length = |name: &str| time(name).map(|(start, end)| end - start);
    let ends = length("prepare")? + length("prune")?;
    let path = ends + length("test")?.max(length("build")? + length("vet")?);
    let steps = blocks.iter().find(|block| block["title"] == "Steps")?;
    let cpu: f64 = steps["rows"]
        .as_array()?
        .iter()
        .filter_map(|row| row.as_array()?.last()?.as_str()?.parse::<f64>().ok())
        .sum();
    let cores = std::thread::available_parallelism().ok()?.get() as f64;
    let (_, end) = time("prune")?;
    Some(end / path.max(cpu / cores))
}
