//! What a cell needs before it runs: its toolchain, and a go.mod of its own with the versions of its
//! modules. The work tree is never written to.

use crate::cell::Cell;
use crate::input::Input;
use crate::outcome::CellOutcome;
use crate::preflight::obstacle;
use crate::request::Request;
use crate::workspace;
use robot_contract::{Context, Failure, ResultExt};
use robot_golang::module::GoMod;
use robot_golang::package_list::{self, Package};
use robot_golang::version::Version;
use robot_golang::workspace::GoWork;
use robot_process::Command;
use std::path::{Path, PathBuf};

/// Why a cell does not run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stopped {
    pub(crate) outcome: CellOutcome,
    pub(crate) why: String,
}

impl Stopped {
    pub(crate) fn unsupported(why: String) -> Self {
        Self { outcome: CellOutcome::Unsupported, why }
    }

    pub(crate) fn inconclusive(why: String) -> Self {
        Self { outcome: CellOutcome::Inconclusive, why }
    }

    /// What go says when it cannot list a cell's packages.
    fn because(why: String, cell: &Cell) -> Self {
        // go looks elsewhere for a package that the cell's version of its module lacks.
        let is_lacking = |line: &str| {
            let package = line.strip_prefix("go: finding module for package ");
            package.is_some_and(|package| {
                let below = |module: &String| {
                    let rest = package.strip_prefix(module.as_str());
                    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                };
                cell.modules.keys().any(below)
            })
        };
        let outcome = if why.contains("requires go >=") || why.contains("requires go1.") {
            CellOutcome::Unsupported
        } else if why.contains("does not contain package") || why.lines().any(is_lacking) {
            CellOutcome::BuildFail
        } else {
            CellOutcome::Inconclusive
        };
        Self { outcome, why }
    }
}

/// All releases of Go that the module proxy has, in any order; none where the requests need no list.
///
/// # Errors
/// The proxy cannot be asked.
pub(crate) fn known(requests: &[Request], context: &mut Context) -> Result<Vec<Version>, Failure> {
    match requests.iter().any(|request| request.needs_list()) {
        true => context.phase("versions", |context| releases(context)),
        false => Ok(Vec::new()),
    }
}

fn releases(context: &Context) -> Result<Vec<Version>, Failure> {
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

/// Files that a cell has of its own, with the versions of its modules.
#[derive(Debug)]
pub(crate) enum Own {
    /// A go.mod; its go.sum lies beside it.
    Module(PathBuf),
    /// A go.work, as a workspace takes no go.mod of another name.
    Workspace(PathBuf),
}

/// `go <verb>` of the cell's version, with its own files where it has some. `may_complete`: go may add to them what
/// they lack.
pub(crate) fn go(command: Command, cell: &Cell, own: Option<&Own>, may_complete: bool) -> Command {
    let command =
        robot_go_command::without_run(command).env("GOTOOLCHAIN", format!("go{}", cell.go));
    match own {
        // `vendor` is of the repository's own go.mod.
        Some(Own::Module(file)) => command
            .env("GOWORK", "off")
            .arg(if may_complete { "-mod=mod" } else { "-mod=readonly" })
            .arg(format!("-modfile={}", file.display())),
        // There go completes the sums without being asked.
        Some(Own::Workspace(file)) => command.env("GOWORK", file),
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

/// A cell that can run.
#[derive(Debug, Default)]
pub(crate) struct Prepared {
    /// Its own files; `None` for a cell that takes the repository's.
    pub(crate) own: Option<Own>,
    /// Its packages and all that they and their tests need.
    pub(crate) listed: Vec<Package>,
    /// Why files and settings do not say what it is built from.
    pub(crate) unknown: Option<String>,
}

/// Fields of packages; Go before 1.19 tells all.
const FIELDS: &str = "-json=ImportPath,Dir,ForTest,Standard,DepOnly,Module,GoFiles,CgoFiles,\
                      EmbedFiles,TestEmbedFiles,XTestEmbedFiles,EmbedPatterns,TestEmbedPatterns,\
                      XTestEmbedPatterns,Incomplete";

/// Lists what a cell is built from, and downloads it: code under test cannot add to the module cache. A cell with
/// module versions gets files of its own in `folder`.
///
/// # Errors
/// There is no go command, or the folder cannot be written.
pub(crate) fn prepare(
    cell: &Cell,
    settings: &Input,
    folder: &Path,
    packages: &[String],
    context: &Context,
) -> Result<Result<Prepared, Stopped>, Failure> {
    let unwritable = || format!("{} cannot be written", folder.display());
    fs_err::create_dir_all(folder).or_external(unwritable)?;
    let own = match cell.modules.is_empty() {
        true => None,
        false => match own_files(cell, folder, context)? {
            Ok(own) => Some(own),
            Err(stopped) => return Ok(Err(stopped)),
        },
    };
    let list = robot_go_command::go(context, "list", &settings.tags);
    let list = go(list, cell, own.as_ref(), true);
    let list = match own {
        Some(_) => list,
        // `go test` says what is wrong with the packages; all that they need is downloaded before.
        None => list.arg("-e"),
    };
    let fields = if cell.go.language() >= (1, 19) { FIELDS } else { "-json" };
    let list = list.args(["-deps", "-test", fields]).args(packages.iter().cloned());
    let finished = robot_go_command::run(&list.output_cap(256 << 20), context)?;
    let said = String::from_utf8_lossy(&finished.stderr);
    let listed: Option<Vec<Package>> =
        package_list::packages(finished.stdout.as_slice()).collect::<Result<_, _>>().ok();
    // What a proxy has today is not what it has tomorrow.
    let is_latest = said.contains("finding module for package");
    let unknown = is_latest.then(|| "go.mod names no version of a module that it needs".to_owned());
    match (robot_go_command::errors(&finished), listed) {
        (None, Some(listed)) => {
            let prepared = Prepared { own, listed, unknown };
            match &prepared.own {
                Some(own) => Ok(chosen(cell, own, context)?.map_or(Ok(prepared), Err)),
                None => Ok(Ok(prepared)),
            }
        }
        (Some(errors), _) if own.is_some() => Ok(Err(Stopped::because(errors, cell))),
        _ => {
            let unknown = Some("go could not list what it is made of".to_owned());
            Ok(Ok(Prepared { own, listed: Vec::new(), unknown }))
        }
    }
}

/// Writes the cell's go.mod and go.sum, or go.work and go.work.sum, into `folder`.
fn own_files(
    cell: &Cell,
    folder: &Path,
    context: &Context,
) -> Result<Result<Own, Stopped>, Failure> {
    let workspace = context.environment.get("GOWORK").filter(|work| *work != "off");
    let Some(work) = workspace.map(Path::new) else {
        return Ok(module_file(cell, folder, context)?.map(Own::Module));
    };
    let unwritable = || format!("{} cannot be written", folder.display());
    let unreadable = || format!("{} cannot be read", work.display());
    let text = fs_err::read_to_string(work).or_external(unreadable)?;
    let file = match GoWork::parse(&text) {
        Ok(file) => file,
        Err(error) => return Ok(Err(Stopped::inconclusive(format!("go.work: {error}")))),
    };
    let root = work.parent().unwrap_or(work);
    let Some(text) = workspace::with_versions(&file, root, &cell.modules) else {
        let why = format!("{} is not valid UTF-8", root.display());
        return Ok(Err(Stopped::inconclusive(why)));
    };
    let own = folder.join("go.work");
    fs_err::write(&own, text).or_external(unwritable)?;
    if let Ok(sums) = fs_err::read(work.with_extension("work.sum")) {
        fs_err::write(folder.join("go.work.sum"), sums).or_external(unwritable)?;
    }
    Ok(Ok(Own::Workspace(own)))
}

fn module_file(
    cell: &Cell,
    folder: &Path,
    context: &Context,
) -> Result<Result<PathBuf, Stopped>, Failure> {
    let unwritable = || format!("{} cannot be written", folder.display());
    let own = context.directory.join("go.mod");
    let file = folder.join("cell.mod");
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
    Ok(Ok(file))
}

/// Why the versions that go chose are not those of the cell, or cannot work with its Go.
fn chosen(cell: &Cell, own: &Own, context: &Context) -> Result<Option<Stopped>, Failure> {
    const FORM: &str =
        "{{.Path}} {{with .Replace}}{{.Version}}{{else}}{{.Version}}{{end}} {{.GoMod}}";
    let list = go(robot_go_command::go(context, "list", &[]), cell, Some(own), true)
        .args(["-m", "-f", FORM])
        .args(cell.modules.keys().cloned());
    let finished = robot_go_command::run(&list, context)?;
    if let Some(errors) = robot_go_command::errors(&finished) {
        return Ok(Some(Stopped::inconclusive(errors)));
    }
    for line in String::from_utf8_lossy(&finished.stdout).lines() {
        let mut words = line.split(' ');
        let (Some(path), Some(version), Some(text)) = (words.next(), words.next(), words.next())
        else {
            continue;
        };
        let wanted = cell.modules.get(path).map_or("", String::as_str);
        if version != wanted {
            let why = match version {
                "" => format!("a `replace` directive selects a folder for {path}"),
                _ => format!(
                    "go selects {path} {version}, not {wanted}: another module requires it, or a \
                     `replace` directive names it"
                ),
            };
            return Ok(Some(Stopped::unsupported(why)));
        }
        let found = fs_err::read_to_string(text).ok().and_then(|text| GoMod::parse(&text).ok());
        if let Some(why) =
            found.and_then(|found| obstacle(cell.go, &found, &format!("{path}@{version}/go.mod")))
        {
            return Ok(Some(Stopped::unsupported(why)));
        }
    }
    Ok(None)
}
