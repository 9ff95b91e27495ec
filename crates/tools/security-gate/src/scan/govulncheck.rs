//! govulncheck, whose JSON ends with 0 whatever it finds: what counts is what it says.

use super::{command, in_time, said, unsound};
use crate::evidence::{Scan, Unsound};
use crate::input::{Scanner, Settings};
use crate::reports::govulncheck::{End, read};
use robot_contract::Context;

const GOVULNCHECK: Scanner = Scanner::Govulncheck;

pub(super) fn run(
    program: &std::path::Path,
    settings: &Settings,
    context: &Context,
) -> Result<Vec<Scan>, Unsound> {
    let mut line = command(program, &context.directory, context).args(["-format", "json"]);
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
        .map_err(|error| {
            unsound(
                GOVULNCHECK,
                format!("did not run: {error}"),
                "is it a program for this machine?",
            )
        })?;
    in_time(GOVULNCHECK, &finished, settings)?;
    let hint = "is its database in reach, and does `go build ./...` work here?";
    if !finished.success() {
        let reason = format!("ended with {}: {}", finished.status(), said(&finished));
        return Err(unsound(GOVULNCHECK, reason, hint));
    }
    let mut scan = scan.map_err(|reason| unsound(GOVULNCHECK, format!("stream {reason}"), hint))?;
    scan.origin = crate::reports::bounded(&line.to_string(), 200);
    Ok(vec![scan])
}
