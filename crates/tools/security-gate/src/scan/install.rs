//! Where a scanner's program comes from: a path, PATH, a release archive by its SHA-256, or `go install`.

use super::run::said;
use super::unsound;
use crate::evidence::Unsound;
use crate::input::{From, Scanner, Settings};
use data_encoding::HEXLOWER;
use robot_contract::Context;
use robot_net::{Client, Method, Patience, Request, Server};
use robot_process::Command;
use sha2::{Digest as _, Sha256};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Time for all waits of a server that asks for them.
const PATIENCE: Duration = Duration::from_secs(60);
/// Largest archive, bytes: trivy's has 60 MB.
const LARGEST: u64 = 512 << 20;

/// The program of a scanner.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) path: PathBuf,
    /// It was built or fetched just now, so that later runs should have it.
    pub(super) is_new: bool,
}

impl Program {
    pub(super) const fn known(path: PathBuf) -> Self {
        Self { path, is_new: false }
    }
}

/// What a scanner is, before it is installed.
#[derive(Debug)]
pub(crate) enum Identity {
    /// A program that is here.
    Program(PathBuf),
    /// What the settings pin it to: the SHA-256 of its archive, or its version.
    Pinned(String),
}

/// What the settings or PATH say that it is; `None` where nobody says where it comes from and PATH does not have it.
///
/// # Errors
/// It is not where the settings say.
pub(super) fn identity(
    scanner: Scanner,
    settings: &Settings,
    context: &Context,
) -> Result<Option<Identity>, Unsound> {
    match settings.tools.get(&scanner) {
        None => Ok(in_path(scanner, context).map(Identity::Program)),
        Some(From::Path(path)) => {
            let program = context.absolute(path);
            match program.is_file() {
                true => Ok(Some(Identity::Program(program))),
                false => Err(unsound(
                    scanner,
                    format!("is not at {}", path.display()),
                    "correct `path`, or remove it for the one in PATH",
                )),
            }
        }
        Some(From::Version(version)) => Ok(Some(Identity::Pinned(format!("version {version}")))),
        Some(From::Archive { sha256, .. }) => Ok(Some(Identity::Pinned(sha256.clone()))),
    }
}

/// The program of a scanner that the settings pin, which is installed unless it is there. Archives are unpacked in `work`.
///
/// # Errors
/// It is not what the settings say, or cannot be had.
pub(super) fn install(
    scanner: Scanner,
    settings: &Settings,
    context: &Context,
    work: &Path,
) -> Result<Program, Unsound> {
    match settings.tools.get(&scanner) {
        Some(From::Version(version)) => go_install(scanner, version, settings, context),
        Some(From::Archive { url, sha256 }) => {
            archive(scanner, url, sha256, settings, context, work)
        }
        None | Some(From::Path(_)) => Err(unsound(scanner, "is not pinned", "set its version")),
    }
}

/// The first in PATH; a folder of the checkout, which a change could fill, is passed over.
fn in_path(scanner: Scanner, context: &Context) -> Option<PathBuf> {
    let folders = context.environment.path("PATH")?;
    std::env::split_paths(&folders)
        .filter(|folder| folder.is_absolute() && !folder.starts_with(&context.directory))
        .map(|folder| folder.join(scanner.name()))
        .find(|program| program.is_file())
}

/// Where installed scanners are.
pub(super) fn folder(settings: &Settings, context: &Context) -> PathBuf {
    let environment = &context.environment;
    let of_user = || {
        let cache = environment.path("XDG_CACHE_HOME").filter(|path| path.is_absolute());
        cache
            .or_else(|| Some(environment.path("HOME")?.join(".cache")))
            .map(|cache| cache.join("robot-actions/scanners"))
    };
    let of_job = || Some(environment.path("RUNNER_TEMP")?.join("robot-scanners"));
    let named = settings.tools_folder.as_ref().map(|folder| context.absolute(folder));
    named
        .or_else(of_job)
        .or_else(of_user)
        .unwrap_or_else(|| std::env::temp_dir().join("robot-scanners"))
}

/// Says what a first install costs, before it starts: the log would be silent for minutes.
fn announce(scanner: Scanner, what: &str, cost: &str, context: &Context) {
    context.announce(&format!("{}: {what}: {cost}; kept for later runs", scanner.name()));
}

/// Removes what earlier settings installed for this scanner, so that what a workflow saves does not grow. Only
/// in the job's own folder: any other may serve several robots.
fn forget_others(scanner: Scanner, kept: &Path, settings: &Settings, context: &Context) {
    let is_of_job = context.environment.path("RUNNER_TEMP").is_some();
    if settings.tools_folder.is_some() || !is_of_job {
        return;
    }
    let prefix = format!("{}-", scanner.name());
    let entries = std::fs::read_dir(folder(settings, context)).into_iter().flatten().flatten();
    let is_other = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(&prefix) && path != kept
    };
    for path in entries.map(|entry| entry.path()).filter(is_other) {
        // What cannot be removed is only saved once more.
        let _ =
            if path.is_dir() { fs_err::remove_dir_all(path) } else { fs_err::remove_file(path) };
    }
}

fn go_install(
    scanner: Scanner,
    version: &str,
    settings: &Settings,
    context: &Context,
) -> Result<Program, Unsound> {
    let package = match scanner {
        Scanner::Gosec => "github.com/securego/gosec/v2/cmd/gosec",
        Scanner::Govulncheck => "golang.org/x/vuln/cmd/govulncheck",
        Scanner::Trivy => {
            return Err(unsound(
                scanner,
                "cannot be built by `go install`: its module replaces others",
                "give its release archive: `url` and `sha256`",
            ));
        }
    };
    let kept = folder(settings, context).join(format!("{}-{version}", scanner.name()));
    let program = kept.join(scanner.name());
    if program.is_file() {
        return Ok(Program::known(program));
    }
    let cost = match scanner {
        Scanner::Gosec => "about 4 minutes on 2 cores, and 2.4 GB of disk while it is built",
        _ => "about 40 seconds on 2 cores",
    };
    announce(scanner, &format!("go install {package}@{version}"), cost, context);
    let failed = |reason: String| {
        unsound(scanner, reason, "is the version right, and a module proxy in reach?")
    };
    fs_err::create_dir_all(&kept).map_err(|error| failed(error.to_string()))?;
    // Into a folder of its own: a build that is killed leaves no half program under the name.
    let fresh = tempfile::tempdir_in(&kept).map_err(|error| failed(error.to_string()))?;
    let command = context
        .untrusted(Command::new("go"))
        .args(["install", "-trimpath"])
        .arg(format!("{package}@{version}"))
        .env("GOBIN", fresh.path())
        // Of the scanner alone: flags and workspaces are the robot's.
        .env("GOFLAGS", "")
        .env("GOWORK", "off")
        // What it compiles is of no use to the robot, whose build cache a workflow saves.
        .env("GOCACHE", fresh.path().join("build-cache"))
        .current_directory(fresh.path());
    let finished = command
        .run(&context.cancellation)
        .map_err(|error| failed(format!("was not built: {error}")))?;
    if !finished.success() {
        return Err(failed(format!("was not built: {}: {}", finished.status(), said(&finished))));
    }
    let built = fresh.path().join(scanner.name());
    fs_err::rename(built, &program).map_err(|error| failed(error.to_string()))?;
    forget_others(scanner, &kept, settings, context);
    Ok(Program { path: program, is_new: true })
}

/// The archive is kept, not the program: what is run is what its hash vouches for, in each run anew.
fn archive(
    scanner: Scanner,
    url: &str,
    sha256: &str,
    settings: &Settings,
    context: &Context,
    work: &Path,
) -> Result<Program, Unsound> {
    let failed = |reason: String| {
        unsound(scanner, reason, "correct `url` and `sha256`, or name a mirror that is in reach")
    };
    let kept = folder(settings, context).join(format!("{}-{sha256}.tar.gz", scanner.name()));
    let known = fs_err::read(&kept).ok().filter(|bytes| hash(bytes) == sha256);
    let is_new = known.is_none();
    let bytes = match known {
        Some(bytes) => bytes,
        None => {
            announce(scanner, &format!("fetches {url}"), "an archive of 10 to 60 MB", context);
            let bytes = fetch(url, context).map_err(|reason| failed(format!("{url}: {reason}")))?;
            let found = hash(&bytes);
            if found != sha256 {
                return Err(failed(format!(
                    "{url} has SHA-256 {found}, not {sha256}: it is not used"
                )));
            }
            // Without it the next run fetches it again.
            let _ = robot_contract::write_atomically(&kept, &bytes);
            forget_others(scanner, &kept, settings, context);
            bytes
        }
    };
    let path = work.join(scanner.name());
    unpack(&bytes, scanner.name(), &path).map_err(failed)?;
    Ok(Program { path, is_new })
}

fn hash(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

fn fetch(url: &str, context: &Context) -> Result<Vec<u8>, String> {
    if let Some(path) = url.strip_prefix("file://") {
        let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
        let mut bytes = Vec::new();
        file.take(LARGEST).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        return Ok(bytes);
    }
    let agent = concat!("robot-actions/", env!("CARGO_PKG_VERSION"));
    let variable = |name: &str| context.environment.get(name);
    let request = Request::new(Method::Get, url, LARGEST);
    let answer = robot_net::block_on(async {
        let client = Client::new(&Server::new(url, agent), &variable, &context.cancellation)?;
        client.ask(&request, &Patience::new(PATIENCE)).await
    });
    let answer = answer.and_then(|answer| answer).map_err(|error| error.to_string())?;
    Ok(answer.body)
}

/// Takes the one file with the program's name out of the archive.
fn unpack(bytes: &[u8], name: &str, to: &Path) -> Result<(), String> {
    let broken = |error: std::io::Error| format!("the archive cannot be read: {error}");
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes));
    for entry in archive.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let is_it = entry.path().is_ok_and(|path| path.file_name().is_some_and(|it| it == name));
        if is_it && entry.header().entry_type().is_file() {
            entry.set_preserve_permissions(false);
            entry.unpack(to).map_err(broken)?;
            use std::os::unix::fs::PermissionsExt as _;
            let executable = std::fs::Permissions::from_mode(0o755);
            return fs_err::set_permissions(to, executable).map_err(broken);
        }
    }
    Err(format!("the archive has no program {name}"))
}
