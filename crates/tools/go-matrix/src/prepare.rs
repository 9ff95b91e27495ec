//! What a cell needs before it runs: its toolchain, and a go.mod of its own with the versions of its
//! modules. The work tree is never written to.

use crate::cell::Cell;
use crate::outcome::Outcome;
use crate::preflight::obstacle;
use robot_contract::{Context, Failure, ResultExt};
use robot_golang::module::GoMod;
use robot_golang::version::Version;
use robot_process::Command;
use std::path::{Path, PathBuf};

/// Why a cell does not run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stopped {
    pub(crate) outcome: Outcome,
    pub(crate) why: String,
}

impl Stopped {
    pub(crate) fn unsupported(why: String) -> Self {
        Self { outcome: Outcome::Unsupported, why }
    }

    pub(crate) fn inconclusive(why: String) -> Self {
        Self { outcome: Outcome::Inconclusive, why }
    }
}

/// All releases of Go that the module proxy has, in any order.
///
/// # Errors
/// The proxy cannot be asked.
pub(crate) fn releases(context: &Context) -> Result<Vec<Version>, Failure> {
    let list = robot_go_command::go(context, "list", &[])
        .args(["-m", "-versions", "go"])
        .env("GOTOOLCHAIN", "local")
        .env("GOFLAGS", "")
        .env("GOWORK", "off");
    let finished = robot_go_command::run(&list, context)?;
    if let Some(errors) = robot_go_command::errors(&finished) {
        return Err(Failure::external(format!("the releases of Go cannot be listed: {errors}"))
            .hint("check GOPROXY, or name releases exactly: 1.22.12"));
    }
    let listed = String::from_utf8_lossy(&finished.stdout);
    Ok(listed.split_whitespace().skip(1).filter_map(Version::parse).collect())
}

/// `go <verb>` of the cell's version, with its own go.mod where it has one.
pub(crate) fn go(command: Command, cell: &Cell, file: Option<&Path>) -> Command {
    let command = command.env("GOTOOLCHAIN", format!("go{}", cell.go));
    match file {
        // A workspace takes no go.mod of another name.
        // `vendor` is of the repository's own go.mod.
        Some(file) => command
            .env("GOWORK", "off")
            .arg("-mod=readonly")
            .arg(format!("-modfile={}", file.display())),
        None => command,
    }
}

/// Downloads the cell's toolchain, unless it is there.
pub(crate) fn toolchain(cell: &Cell, context: &Context) -> Result<Option<Stopped>, Failure> {
    let ask =
        robot_go_command::go(context, "version", &[]).env("GOTOOLCHAIN", format!("go{}", cell.go));
    let finished = robot_go_command::run(&ask, context)?;
    let said = robot_go_command::errors(&finished);
    Ok(said.map(|said| Stopped::inconclusive(format!("Go {} cannot be had: {said}", cell.go))))
}

/// Writes the cell's go.mod and go.sum into `folder` and completes them; `None` for a cell that takes the
/// repository's own.
///
/// # Errors
/// There is no go command, or the folder cannot be written.
pub(crate) fn module_file(
    cell: &Cell,
    folder: &Path,
    packages: &[String],
    context: &Context,
) -> Result<Result<Option<PathBuf>, Stopped>, Failure> {
    if cell.modules.is_empty() {
        // Code under test cannot add to the module cache: go gets now what it needs then, or says so later.
        let list = go(robot_go_command::go(context, "list", &[]), cell, None)
            .args(["-deps", "-test", "-e", "-f", ""])
            .args(packages.iter().cloned());
        robot_go_command::run(&list, context)?;
        return Ok(Ok(None));
    }
    let unwritable = || format!("{} cannot be written", folder.display());
    let own = context.directory.join("go.mod");
    let file = folder.join("cell.mod");
    fs_err::create_dir_all(folder).or_external(unwritable)?;
    fs_err::copy(&own, &file).or_external(unwritable)?;
    if let Ok(sums) = fs_err::read(context.directory.join("go.sum")) {
        fs_err::write(folder.join("cell.sum"), sums).or_external(unwritable)?;
    }
    for (path, version) in &cell.modules {
        let edit = robot_go_command::go(context, "mod", &[])
            .args(["edit", &format!("-require={path}@{version}")])
            .arg(file.as_os_str())
            .env("GOTOOLCHAIN", "local");
        let finished = robot_go_command::run(&edit, context)?;
        if let Some(errors) = robot_go_command::errors(&finished) {
            return Ok(Err(Stopped::inconclusive(errors)));
        }
    }
    let complete = go(robot_go_command::go(context, "list", &[]), cell, Some(&file))
        .args(["-mod=mod", "-deps", "-test", "-f", "{{with .Error}}{{.}}{{end}}"])
        .args(packages.iter().cloned());
    let finished = robot_go_command::run(&complete, context)?;
    if let Some(errors) = robot_go_command::errors(&finished) {
        let is_too_old = errors.contains("requires go >=") || errors.contains("requires go1.");
        let stopped = if is_too_old { Stopped::unsupported } else { Stopped::inconclusive };
        return Ok(Err(stopped(errors)));
    }
    let list = go(robot_go_command::go(context, "list", &[]), cell, Some(&file))
        .args(["-mod=mod", "-m", "-f", "{{.Path}} {{.Version}} {{.GoMod}}"])
        .args(cell.modules.keys().cloned());
    let finished = robot_go_command::run(&list, context)?;
    if let Some(errors) = robot_go_command::errors(&finished) {
        return Ok(Err(Stopped::inconclusive(errors)));
    }
    for line in String::from_utf8_lossy(&finished.stdout).lines() {
        let mut words = line.split(' ');
        let (Some(path), Some(version), Some(text)) = (words.next(), words.next(), words.next())
        else {
            continue;
        };
        let wanted = cell.modules.get(path).map_or("", String::as_str);
        if version != wanted {
            let why = format!("another module requires {path} {version}, which is above {wanted}");
            return Ok(Err(Stopped::unsupported(why)));
        }
        let found = fs_err::read_to_string(text).ok().and_then(|text| GoMod::parse(&text).ok());
        if let Some(why) =
            found.and_then(|found| obstacle(cell.go, &found, &format!("{path}@{version}/go.mod")))
        {
            return Ok(Err(Stopped::unsupported(why)));
        }
    }
    Ok(Ok(Some(file)))
}
