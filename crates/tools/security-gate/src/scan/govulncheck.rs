//! govulncheck, whose JSON mode exits with 0 whatever it finds: only the stream counts.

use super::run::{Run, said, shown};
use crate::evidence::{Scan, Unsound};
use crate::reports::govulncheck::{End, read};

pub(super) fn run(run: &Run<'_>) -> Result<Vec<Scan>, Unsound> {
    let (settings, context) = (run.settings, run.context);
    let mut line = run.command(&context.directory).args(["-format", "json"]);
    if let Some(address) = &settings.vulnerability_db {
        line = line.args(["-db", address]);
    }
    if !settings.tags.is_empty() {
        line = line.args(["-tags", &settings.tags.join(",")]);
    }
    // A workspace's modules each by their folder: `./...` is only the module that it is run in.
    let patterns = robot_go_command::patterns(context, &settings.packages);
    line = line.args(patterns).timeout(settings.timeout);
    let mut scan = Err(String::new());
    let finished = line
        .read_stdout(&context.cancellation, &mut |output| {
            scan = read(&mut *output, End::Success);
            // What cannot be understood is read on, so that the program ends by itself and says why.
            std::io::copy(output, &mut std::io::sink()).map(drop)
        })
        .map_err(|error| run.not_started(&error))?;
    run.in_time(&finished)?;
    let hint = "is its database in reach, and does `go build ./...` work here?";
    if !finished.success() {
        let reason = format!("ended with {}: {}", finished.status(), said(&finished));
        return Err(run.unsound(reason, hint));
    }
    let mut scan = scan.map_err(|reason| run.unsound(format!("stream {reason}"), hint))?;
    scan.origin = shown(&line);
    Ok(vec![scan])
}
