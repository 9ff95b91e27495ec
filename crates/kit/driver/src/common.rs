//! The options of every command line: the working folder and the settings file.

use clap::ArgMatches;
use robot_contract::{ConfigFile, Environment, Failure, Tool};
use std::path::PathBuf;

/// `working-directory` and `config`: the flag, or else the action's input.
pub(crate) fn common_settings(
    matches: &ArgMatches,
    environment: &Environment,
) -> Result<(PathBuf, ConfigFile), Failure> {
    let value = |name: &str| {
        let input = || {
            let variable = robot_settings::input_variable(name);
            environment.is_github().then(|| environment.get(&variable)).flatten()
        };
        matches.get_one::<String>(name).map(String::as_str).or_else(input).map(PathBuf::from)
    };
    let current = std::env::current_dir().map_err(|error| {
        Failure::external("the working folder no longer exists").caused_by(&error)
    })?;
    let directory = match value("working-directory") {
        Some(folder) => current.join(&folder).canonicalize().map_err(|error| {
            Failure::user(format!("working-directory `{}` is not a folder", folder.display()))
                .caused_by(&error)
        })?,
        None => current,
    };
    let file = ConfigFile::load(&directory, value("config").as_deref())?;
    Ok((directory, file))
}

/// Rejects unknown sections and keys of robot.yml, for every tool in this binary.
pub(crate) fn check_file(tools: &[Tool], tool: &Tool, file: &ConfigFile) -> Result<(), Failure> {
    let names: Vec<&str> = tools.iter().map(|tool| tool.name).collect();
    file.refuse_unknown_sections(&names, names.len() > 1)?;
    for known in tools.iter().filter(|known| names.len() > 1 || known.name == tool.name) {
        let schemas = || known.verbs.iter().map(|verb| verb.settings.schema()).collect();
        file.check_section(known.name, schemas)?;
    }
    Ok(())
}
