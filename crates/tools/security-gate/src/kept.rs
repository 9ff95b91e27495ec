//! Scans that an earlier run kept: they are repeated while nothing that the scanners read is another.
//!
//! Only scans of a run with a green verdict are kept. What depends on time ends with it: the age of a
//! database, the next update of trivy's, an exception of the ignore file.

use crate::evidence::Scan;
use crate::ignore::Ignores;
use crate::input::{Rules, Scanner, Settings};
use crate::scan::{Identity, Wanted};
use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp, tz::Offset};
use robot_contract::{Context, Key, Shelf};
use robot_model::Verdict;
use robot_net::{Client, Method, Patience, Request, Server};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use walkdir::WalkDir;

/// Changes when scans that earlier versions kept must not be believed any more.
const RULES: &str = "2";
/// Files and bytes of the working folder that are hashed at most.
const FILES: usize = 100_000;
const BYTES: u64 = 1 << 30;
/// Kinds of files in which no scanner finds a package or code.
const UNREAD: [&str; 7] = ["md", "png", "jpg", "jpeg", "gif", "svg", "webp"];
/// Where govulncheck asks unless it is told otherwise.
const DATABASE: &str = "https://vuln.go.dev";
/// Largest answer of a database to the question when it was changed, bytes.
const ANSWER: u64 = 64 << 10;
/// Time for that question; where there is no answer, the scanners run.
const PATIENCE: Duration = Duration::from_secs(5);

/// The kept scans of this run's scanners, and what they rest on.
#[derive(Debug)]
pub(crate) struct Kept {
    shelf: Shelf,
    key: Key,
    /// When they end by themselves.
    expires: Option<Timestamp>,
}

impl Kept {
    /// Reads all that the scanners read, before they run.
    ///
    /// # Errors
    /// Why it is not known what they rest on.
    pub(crate) fn open(
        scanners: &Wanted,
        settings: &Settings,
        ignores: &Ignores,
        ignore_file: Option<&Path>,
        context: &Context,
    ) -> Result<Self, String> {
        let mut key = Key::of("scan");
        let mut expires = Vec::new();
        key.text("rules of security-gate", RULES);
        key.content("settings", serde_json::to_vec(settings).map_err(|error| error.to_string())?);
        for (scanner, identity) in scanners {
            key.text(scanner.name(), told(identity)?);
        }
        let has = |wanted: Scanner| scanners.iter().any(|(scanner, _)| *scanner == wanted);
        if has(Scanner::Gosec) || has(Scanner::Govulncheck) {
            go(&mut key, context)?;
        }
        files(&mut key, &context.directory)?;
        let outside = settings.vex.iter().map(PathBuf::as_path).chain(ignore_file);
        for path in outside {
            let bytes = fs_err::read(context.absolute(path)).map_err(|error| error.to_string())?;
            key.content(format!("file {}", path.display()), bytes);
        }
        let now = context.clock.now();
        expires.extend(exceptions(ignores).filter(|end| *end > now));
        if has(Scanner::Govulncheck) {
            key.text("database of govulncheck", go_database(settings, context)?);
        }
        if has(Scanner::Trivy) {
            let (database, end) = trivy_database(settings, context)?;
            key.content("database of trivy", database);
            expires.extend(end);
        }
        let shelf = context.kept();
        Ok(Self { shelf, key, expires: expires.into_iter().min() })
    }

    /// Whether both rest on the same.
    pub(crate) fn is_of(&self, other: &Self) -> bool {
        self.key == other.key
    }

    /// The scans, and what to say of them.
    ///
    /// # Errors
    /// Why the scanners have to run.
    pub(crate) fn look_up(&self) -> Result<(Vec<Scan>, String), String> {
        let kept = self.shelf.look_up::<Vec<Scan>>(&self.key).map_err(|why| why.to_string())?;
        let of = kept.commit.as_deref().and_then(|commit| commit.get(..10));
        let of = of.map_or(String::new(), |commit| format!(" of {commit}"));
        let made = kept.made.strftime("%Y-%m-%d %H:%M");
        let note = format!(
            "scans are reused: nothing that the scanners read has changed since the run{of} at {made}"
        );
        Ok((kept.value, note))
    }

    /// Keeps scans for later runs; those of a verdict that is not green are not, nor is what was kept before.
    ///
    /// # Errors
    /// Why they are not kept.
    pub(crate) fn keep(
        &self,
        verdict: Verdict,
        scans: &[Scan],
        settings: &Settings,
        now: Timestamp,
    ) -> Result<(), String> {
        let end = ends(scans, &settings.rules).chain(self.expires).filter(|end| *end > now).min();
        self.shelf.keep_until(&self.key, verdict, &[], &scans, end)?;
        self.shelf.tidy();
        Ok(())
    }
}

/// When the age of a database changes the verdict.
fn ends<'a>(scans: &'a [Scan], rules: &'a Rules) -> impl Iterator<Item = Timestamp> + 'a {
    let databases = scans.iter().filter_map(|scan| scan.database);
    databases.flat_map(move |changed| {
        let ages = [rules.database_warning, rules.database_limit];
        // More than so many whole days.
        ages.into_iter().filter_map(move |days| {
            changed.checked_add(SignedDuration::from_hours(24 * (days + 1))).ok()
        })
    })
}

/// When exceptions end: the last day counts to its end.
fn exceptions(ignores: &Ignores) -> impl Iterator<Item = Timestamp> + '_ {
    ignores.entries.iter().filter_map(|entry| {
        let next = entry.expires?.tomorrow().ok()?.to_datetime(jiff::civil::Time::midnight());
        Offset::UTC.to_timestamp(next).ok()
    })
}

/// What a program is: what the settings pin it to, or its hash.
fn told(identity: &Identity) -> Result<String, String> {
    let program = match identity {
        Identity::Pinned(text) => return Ok(text.clone()),
        Identity::Program(program) => program,
    };
    let unreadable = |error: std::io::Error| format!("{}: {error}", program.display());
    let mut file = std::fs::File::open(program).map_err(unreadable)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).map_err(unreadable)? {
            0 => return Ok(HEXLOWER.encode(&hash.finalize()[..16])),
            read => hash.update(&buffer[..read]),
        }
    }
}

/// Go itself, and all variables that the scanners get.
fn go(key: &mut Key, context: &Context) -> Result<(), String> {
    let command = robot_go_command::go(context, "version", &[]);
    let told = robot_go_command::run(&command, context);
    let told = told.map_err(|failure| failure.record().message.clone())?;
    if !told.success() {
        return Err("`go version` failed".to_owned());
    }
    key.text("go", String::from_utf8_lossy(&told.stdout).trim());
    let command = command.without(robot_go_command::differs_from_run_to_run);
    for (name, hash) in &robot_go_command::variable_digests(&command) {
        key.digests([(format!("variable {name}").as_str(), hash.as_str())]);
    }
    let sources = robot_go_command::Sources::read(context)?;
    key.digests(sources.digests());
    Ok(())
}

/// All files of the working folder that a scanner may read.
fn files(key: &mut Key, root: &Path) -> Result<(), String> {
    let (mut files, mut bytes) = (0, 0);
    let is_kept = |entry: &walkdir::DirEntry| entry.depth() == 0 || entry.file_name() != ".git";
    for entry in WalkDir::new(root).sort_by_file_name().into_iter().filter_entry(is_kept) {
        let entry = entry.map_err(|error| error.to_string())?;
        let extension = entry.path().extension().unwrap_or_default().to_string_lossy();
        if !entry.file_type().is_file() || UNREAD.contains(&&*extension) {
            continue;
        }
        files += 1;
        bytes += entry.metadata().map_or(0, |metadata| metadata.len());
        if files > FILES || bytes > BYTES {
            return Err("the working folder has more files than are compared".to_owned());
        }
        let name = entry.path().strip_prefix(root).unwrap_or(entry.path()).display().to_string();
        let content = fs_err::read(entry.path()).map_err(|error| error.to_string())?;
        key.content(format!("file {name}"), content);
    }
    Ok(())
}

#[derive(Deserialize)]
struct Index {
    modified: Timestamp,
}

/// When Go's database was changed (<https://go.dev/doc/security/vuln/database#api>).
fn go_database(settings: &Settings, context: &Context) -> Result<String, String> {
    let address = settings.vulnerability_db.as_deref().unwrap_or(DATABASE);
    let unknown =
        |why: &str| format!("it is not known when the database of govulncheck was changed: {why}");
    let bytes = match address.strip_prefix("file://") {
        Some(folder) => fs_err::read(Path::new(folder).join("index/db.json"))
            .map_err(|error| unknown(&error.to_string()))?,
        None => {
            let url = format!("{}/index/db.json", address.trim_end_matches('/'));
            let agent = concat!("robot-actions/", env!("CARGO_PKG_VERSION"));
            let variable = |name: &str| context.environment.get(name);
            let request = Request::new(Method::Get, &url, ANSWER);
            let answer = robot_net::block_on(async {
                let client =
                    Client::new(&Server::new(&url, agent), &variable, &context.cancellation)?;
                client.ask(&request, &Patience::new(PATIENCE)).await
            });
            answer.and_then(|answer| answer).map_err(|error| unknown(&error.to_string()))?.body
        }
    };
    let index: Index =
        serde_json::from_slice(&bytes).map_err(|error| unknown(&error.to_string()))?;
    Ok(index.modified.to_string())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    next_update: Timestamp,
}

/// What trivy says of its database, and until when it asks for no newer one.
fn trivy_database(
    settings: &Settings,
    context: &Context,
) -> Result<(Vec<u8>, Option<Timestamp>), String> {
    let named = crate::scan::cache_folder(&settings.trivy_arguments);
    let of_user = || {
        let environment = &context.environment;
        let cache = environment.path("XDG_CACHE_HOME");
        environment.path("TRIVY_CACHE_DIR").or_else(|| {
            Some(cache.or_else(|| Some(environment.path("HOME")?.join(".cache")))?.join("trivy"))
        })
    };
    let cache = named.map(|folder| context.absolute(folder)).or_else(of_user);
    let unknown =
        |why: &str| format!("it is not known when the database of trivy was changed: {why}");
    let path = cache.ok_or_else(|| unknown("there is no cache folder"))?.join("db/metadata.json");
    let bytes = fs_err::read(path).map_err(|error| unknown(&error.to_string()))?;
    let metadata: Metadata =
        serde_json::from_slice(&bytes).map_err(|error| unknown(&error.to_string()))?;
    let is_fixed = settings.trivy_arguments.iter().any(|it| it.starts_with("--skip-db-update"));
    match is_fixed {
        true => Ok((bytes, None)),
        false if metadata.next_update > context.clock.now() => {
            Ok((bytes, Some(metadata.next_update)))
        }
        false => Err("trivy asks for a newer database".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Reachability;
    use crate::input::UnknownSeverity;
    use crate::{Response, Severity};

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn kept_scans_end_when_the_age_of_a_database_begins_to_count() {
        let rules = Rules {
            fail_on: Severity::High,
            reachability: Reachability::Called,
            unknown: UnknownSeverity::High,
            limits: Default::default(),
            known: Response::Warn,
            drift: Response::Warn,
            expiry_warning: 14,
            database_warning: 7,
            database_limit: 30,
        };
        let database = Some(time("2026-11-01T00:00:00Z"));
        let scan = Scan { database, has_database: true, ..Scan::default() };
        let ends: Vec<_> = ends(&[scan], &rules).collect();
        assert_eq!(ends, [time("2026-11-09T00:00:00Z"), time("2026-12-02T00:00:00Z")]);
    }

    #[test]
    fn kept_scans_end_with_an_exception() {
        let entry = "ignore:\n  - id: G101\n    reason: no secret\n    expires: 2027-01-31\n";
        let ignores =
            Ignores { entries: crate::ignore::parse_ours(entry).unwrap(), ..Ignores::default() };
        let ends: Vec<_> = exceptions(&ignores).collect();
        assert_eq!(ends, [time("2027-02-01T00:00:00Z")]);
    }
}
