use crate::driver::{check_file, common_settings};
use crate::registry::Tool;
use crate::{Environment, Failure};
use clap::ArgMatches;
use std::fmt::Write as _;

/// Every tool's resolved settings, and where each value came from.
pub(crate) fn explain(
    tools: &[Tool],
    matches: &ArgMatches,
    environment: &Environment,
) -> Result<String, Failure> {
    let (directory, file) = common_settings(matches, environment)?;
    let mut out = match file.name() {
        "" => format!("no robot.yml below {}: defaults everywhere\n", directory.display()),
        name => format!("settings file: {name}\n"),
    };
    for tool in tools {
        check_file(tools, tool, &file)?;
        for verb in &tool.verbs {
            let resolved = (verb.resolve)(None, environment, &file)?;
            let _ = writeln!(out, "\n{}", verb.full_name());
            for (key, value) in &resolved.values {
                let origin = resolved.provenance.origin(key);
                let _ = writeln!(out, "  {key} = {value}  ({origin})");
            }
        }
    }
    Ok(out)
}
