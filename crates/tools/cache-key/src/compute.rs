//! `cache-key compute`: the keys of the caches.

use crate::key::{Components, Ladder};
use crate::state::State;
use crate::{build_cache, module_cache, modules, work};
use robot_contract::{Action, Context, Failure, Outcome, Provenance, ResultExt};
use robot_golang::toolchain::GoEnvironment;
use robot_model::{Block, Report, Table};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// `cache-key compute`, which runs before caches are restored.
#[derive(Debug)]
pub struct Compute;

/// Settings of `cache-key compute`.
#[derive(Debug, Clone, clap::Args, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Input {
    /// Whether objects are built with the race detector
    #[arg(long, default_value_t = true)]
    pub race: bool,
    /// Cover mode that tests are built with; for none, write `covermode: ""` in robot.yml
    #[arg(long, value_name = "MODE", default_value = "atomic")]
    pub covermode: String,
    /// Build tags
    #[arg(long, value_name = "TAG")]
    pub tags: Vec<String>,
    /// Whether objects are built with -trimpath
    #[arg(long)]
    pub trimpath: bool,
    /// Whether only `robot ci` uses the caches: if none of its steps has work, nothing is to be restored
    #[arg(long)]
    pub pipeline: bool,
}

/// Keys and paths for actions/cache.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// Key of the build cache, unique per commit
    pub build_key: String,
    /// Prefixes of the build cache's key to fall back to, best first
    pub build_restore_keys: Vec<String>,
    /// Folder of the build cache
    pub build_path: PathBuf,
    /// Key of the module cache
    pub module_key: String,
    /// Prefixes of the module cache's key to fall back to
    pub module_restore_keys: Vec<String>,
    /// Folder of the module cache
    pub module_path: PathBuf,
    /// Whether to restore the build cache: false when it already has entries
    pub restore_build: bool,
    /// Whether to restore the module cache: false when it already has entries or dependencies are vendored
    pub restore_module: bool,
    /// Whether a step of the pipeline has work: false when earlier runs kept all verdicts; nothing is then restored
    pub has_work: bool,
}

impl Action for Compute {
    const TOOL: &'static str = "cache-key";
    const VERB: Option<&'static str> = Some("compute");
    const ABOUT: &'static str =
        "Compute the keys of the module and build caches; run it before they are restored";
    type Input = Input;
    type Settings = Input;
    type Output = Output;
    type Cause = ();

    fn resolve(input: Input, _: &Provenance) -> Result<Input, Failure> {
        Ok(input)
    }

    fn execute(input: Input, context: &mut Context) -> Result<Outcome<Output, ()>, Failure> {
        let go = go_environment(context)?;
        let modules = modules::gather(&context.directory)?;
        let folder = |path: Option<&std::path::Path>, name: &str| {
            path.map(PathBuf::from).ok_or_else(|| {
                Failure::external(format!("{name} is empty or off: Go has no cache folder"))
                    .hint(format!("set {name} to a folder, or set HOME"))
            })
        };
        let build_path = folder(go.build_cache(), "GOCACHE")?;
        let module_path = folder(go.module_cache(), "GOMODCACHE")?;
        let components = Components {
            platform: platform(&go, context),
            go: go.version_name().to_owned(),
            flavour: flavour(&input, &go, context),
            modules: modules.influences,
            commit: commit(context),
        };
        let foreign = build_cache::foreign(&build_path);
        let owns_build_cache = foreign.is_some();
        let module_is_empty =
            fs_err::read_dir(&module_path).map_or(true, |mut dir| dir.next().is_none());
        let mut report = Report::new("");
        let has_work = !input.pipeline || {
            let unrestored = [build_path.clone(), module_path.clone()];
            let steps = context.phase("kept verdicts", |context| work::steps(&unrestored, context));
            report.push(work::told(&steps));
            !matches!(steps, Ok(steps) if steps.is_empty())
        };
        let state = State {
            run: context.run.identity.clone(),
            components,
            build_cache: build_path.clone(),
            foreign,
            module_cache: module_is_empty.then(|| module_path.clone()),
            restored_modules: module_cache::Versions::new(),
            modules_verified: false,
            aged: None,
            aged_bytes: 0,
            restored: false,
            is_idle: !has_work,
        };
        state.write(context)?;
        let (build, module) = (state.components.build(), state.components.module());
        report.headline = match has_work {
            true => format!("build cache {}", build.key),
            false => "no step has work, so nothing is to be restored".to_owned(),
        };
        report.push(Block::Table(table(&build, &module)));
        modules.notes.iter().for_each(|note| report.push(Block::text(note.clone())));
        if !owns_build_cache {
            report.push(Block::text(
                "the build cache already has entries, so it is neither restored nor pruned",
            ));
        }
        let output = Output {
            build_key: build.key,
            build_restore_keys: build.restore_keys,
            build_path,
            module_key: module.key,
            module_restore_keys: module.restore_keys,
            module_path,
            restore_build: has_work && owns_build_cache,
            restore_module: has_work && module_is_empty && !modules.is_vendored,
            has_work,
        };
        Ok(Outcome::pass(output, report))
    }
}

fn table(build: &Ladder, module: &Ladder) -> Table {
    let mut table = Table::new("Keys, best first", ["cache", "key"]);
    for (name, ladder) in [("build", build), ("module", module)] {
        table.row([name, ladder.key.as_str()]);
        ladder.restore_keys.iter().for_each(|rung| table.row(["", rung.as_str()]));
    }
    table
}

/// The Go settings that the keys need. `go env` without names would run the C compiler and add entries to the build
/// cache before it was checked.
const VARIABLES: [&str; 18] = [
    "GOVERSION",
    "GOOS",
    "GOARCH",
    "GOFLAGS",
    "GOCACHE",
    "GOMODCACHE",
    "GOEXPERIMENT",
    "CGO_ENABLED",
    "CC",
    "GO386",
    "GOAMD64",
    "GOARM",
    "GOARM64",
    "GOMIPS",
    "GOMIPS64",
    "GOPPC64",
    "GORISCV64",
    "GOWASM",
];

fn go_environment(context: &Context) -> Result<GoEnvironment, Failure> {
    // Otherwise go would download the toolchain of go.mod or GOTOOLCHAIN into the module cache that is to
    // be restored. Both are parts of the key anyway.
    let command = robot_go_command::go(context, "env", &[])
        .arg("-json")
        .args(VARIABLES)
        .env("GOTOOLCHAIN", "local");
    let finished = command
        .run(&context.cancellation)
        .and_then(|finished| finished.require_success(&command))
        .map_err(|error| {
            Failure::external("`go env` failed")
                .caused_by(&error)
                .hint("install Go, or run actions/setup-go before this step")
        })?;
    GoEnvironment::parse(&finished.stdout)
        .or_external(|| "`go env -json` did not print JSON".to_owned())
}

fn platform(go: &GoEnvironment, context: &Context) -> String {
    let image = context.environment.get("ImageOS").unwrap_or("local");
    format!("{}-{}-{image}", go.os(), go.architecture())
}

/// Everything that changes compiled objects. The C compiler is identified by its version, because `CC` is only a name.
fn flavour(input: &Input, go: &GoEnvironment, context: &Context) -> BTreeMap<String, String> {
    let mut tags = input.tags.clone();
    tags.sort();
    let mut flavour: BTreeMap<String, String> = [
        ("race", input.race.to_string()),
        ("trimpath", input.trimpath.to_string()),
        ("covermode", input.covermode.clone()),
        ("tags", tags.join(",")),
        ("GOFLAGS", go.flags().to_owned()),
        ("CGO_ENABLED", go.get("CGO_ENABLED").to_owned()),
        ("GOEXPERIMENT", go.experiments().to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    let chosen = context.environment.get("GOTOOLCHAIN").unwrap_or_default();
    if chosen.starts_with("go") {
        flavour.insert("GOTOOLCHAIN".to_owned(), chosen.to_owned());
    }
    if let Some((name, level)) = go.architecture_level() {
        flavour.insert(name.to_owned(), level.to_owned());
    }
    if go.is_cgo_enabled() {
        let version = context.command(go.c_compiler()).arg("--version").run(&context.cancellation);
        let version = version.map(|finished| finished.stdout).unwrap_or_default();
        let line = String::from_utf8_lossy(&version).lines().next().unwrap_or_default().to_owned();
        flavour.insert("CC".to_owned(), line);
    }
    flavour
}

/// The checked-out commit; outside of git, a value that is unique for each run.
fn commit(context: &Context) -> String {
    let known = Some(context.commit()).filter(|commit| !commit.is_empty());
    known.or(context.run.identity.merge_sha.as_deref()).unwrap_or("no-commit").to_owned()
}
