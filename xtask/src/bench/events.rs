//! Reading a long event stream, as `go test -json` writes it.

use super::measure::{self, Cost};
use super::page::{Section, megabytes, seconds};
use crate::{command, require, setup};
use anyhow::Result;
use std::path::Path;

const EVENTS: [u64; 2] = [200_000, 2_000_000];

pub(crate) fn run(rounds: usize, folder: &Path, robot: &Path) -> Result<Section> {
    let mut section = Section::new(
        "Reading test2json events",
        "`go-test` with a fake `go` that prints a stream of eight events per test, compared with \
        `gotestsum --raw-command cat`. From start to exit, including reports. Memory is the largest \
        resident set of one process.",
        &["events", ">gotestsum (CPU)", ">memory", ">go-test (CPU)", ">memory", ">ratio", ">goal"],
    );
    let gotestsum = setup::peer("gotestsum")?;
    for events in EVENTS {
        let work = folder.join(format!("events-{events}"));
        fs_err::create_dir_all(work.join("bin"))?;
        let stream = work.join("events.jsonl");
        require(
            command("cargo")
                .args(["run", "--quiet", "--release", "--package", "robot-golang"])
                .args(["--example", "test_events", "generate", &events.to_string()])
                .stdout(fs_err::File::create(&stream)?.into_file()),
        )?;
        let go = work.join("bin/go");
        fs_err::write(
            &go,
            format!(
                "#!/bin/sh\n[ \"$1\" != test ] || exec cat '{}'\necho '{{}}'\n",
                stream.display()
            ),
        )?;
        require(command("chmod").arg("+x").arg(&go))?;
        fs_err::write(work.join("go.mod"), "module example.com/robot\n\ngo 1.19\n")?;
        let path = format!("{}:/usr/bin:/bin", work.join("bin").display());
        let (mut theirs, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            let mut peer = command(&gotestsum.to_string_lossy());
            peer.args(["--format", "pkgname", "--raw-command", "--", "cat"]).arg(&stream);
            // Tests of the stream fail: 1 and 10 are the right answers.
            theirs.push(measure::run(peer.current_dir(&work), &work.join("peer.log"), &[1, 2])?);
            let mut tool = command(&robot.to_string_lossy());
            tool.args(["go-test", "--coverage=false", "--reruns=0"])
                .env("PATH", &path)
                .env("RUNNER_TEMP", work.join("temp"));
            ours.push(measure::run(tool.current_dir(&work), &work.join("ours.log"), &[10])?);
        }
        let (theirs, ours) = (measure::median(theirs), measure::median(ours));
        let both = |cost: Cost| format!("{} ({})", seconds(cost.wall), seconds(cost.cpu));
        section.row([
            events.to_string(),
            both(theirs),
            megabytes(theirs.memory),
            both(ours),
            megabytes(ours.memory),
            format!("{:.2} ×", theirs.wall.as_secs_f64() / ours.wall.as_secs_f64()),
            "≥ 3 ×".to_owned(),
        ]);
    }
    Ok(section)
}
