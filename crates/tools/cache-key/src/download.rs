//! `cache-key download`: downloads modules before code of the repository runs.

use crate::modules;
use crate::state::State;
use crate::verify::{self, Modules};
use robot_contract::{Action, Context, Failure, Origin, Outcome, Provenance, ResultExt, Secret};
use robot_golang::toolchain::GoEnvironment;
use robot_model::{Block, Report, Verdict};
use robot_process::Command;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// `cache-key download`, which runs after caches are restored and before code of the repository runs.
#[derive(Debug)]
pub struct Download;

/// Reads private modules.
const TOKEN: Secret = Secret {
    input: "private-token",
    variable: "GO_PRIVATE_TOKEN",
    help: "Token that reads private modules; code of the repository never gets it",
    default: None,
};

/// Hint for private modules.
const PRIVATE: &str = "for private modules, set GOPRIVATE in the job's `env` and give a token that can read their repositories";

/// Settings of `cache-key download`.
#[derive(Debug, Clone, clap::Args, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Input {
    /// Server of the private modules; only it gets the token
    #[arg(long, value_name = "URL", default_value = "https://github.com")]
    pub private_url: String,
}

/// The output, which is empty.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Output {}

/// Why modules were not downloaded.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// Dependencies are vendored, so nothing is downloaded
    Vendored,
    /// Some modules cannot be downloaded without a token; later steps download what they need
    NotDownloaded,
}

impl robot_contract::Cause for Cause {}

impl Action for Download {
    const TOOL: &'static str = "cache-key";
    const VERB: Option<&'static str> = Some("download");
    const ABOUT: &'static str = "Download the modules; code of the repository never gets the token";
    const SECRETS: &'static [Secret] = &[TOKEN];
    type Input = Input;
    type Settings = Input;
    type Output = Output;
    type Cause = Cause;

    fn resolve(input: Input, provenance: &Provenance) -> Result<Input, Failure> {
        if let Origin::File { .. } = provenance.origin("private-url") {
            let place = provenance.place("private-url");
            return Err(Failure::config(format!(
                "{place}: a pull request can change this file, and so send the token to another server"
            ))
            .hint("set the action's input `private-url`"));
        }
        let url = &input.private_url;
        let server = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        // git reads the URL as part of a setting's name.
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-.:/_~".contains(c);
        if server.is_none_or(|server| server.is_empty() || !server.chars().all(is_name)) {
            let place = provenance.place("private-url");
            return Err(Failure::config(format!(
                "{place}: invalid URL `{url}`: expected a server such as https://github.com"
            )));
        }
        Ok(input)
    }

    fn execute(input: Input, context: &mut Context) -> Result<Outcome<Output, Cause>, Failure> {
        if modules::gather(&context.directory)?.is_vendored {
            let report = Report::new("dependencies are vendored, so nothing was downloaded");
            let (verdict, cause) = (Verdict::Skipped, Cause::Vendored);
            return Ok(Outcome::because(verdict, cause, Output::default(), report));
        }
        // Clones of an earlier run may contain hooks and settings, which git would obey while it has the token.
        let module_cache = module_cache(context)?;
        forget_repositories(module_cache.as_deref(), context)?;
        let mut command = robot_go_command::go(context, "mod", &[]).arg("download");
        if let Some(token) = context.secret(&TOKEN) {
            let count = context.environment.get("GIT_CONFIG_COUNT");
            let count = count.and_then(|count| count.parse().ok()).unwrap_or(0);
            command = with_credential(command, &input.private_url, count)
                .secret_env(TOKEN.variable, token.expose());
        }
        let finished = robot_go_command::run(&command, context)?;
        forget_repositories(module_cache.as_deref(), context)?;
        let found = if finished.success() { verify::verify(context)? } else { Modules::Verified };
        if let Modules::Changed(what) = found {
            if State::read(context)?.is_none_or(|state| state.module_cache.is_none()) {
                let failure = "modules in the module cache were modified after their download";
                return Err(Failure::external(format!("{failure}: {what}"))
                    .hint("run `go clean -modcache`: the cache is older than this job, so this step does not empty it"));
            }
            verify::throw_away(context)?;
            let again = robot_go_command::run(&command, context)?;
            let again = robot_go_command::errors(&again);
            forget_repositories(module_cache.as_deref(), context)?;
            return match again {
                None => Ok(Outcome::pass(
                    Output::default(),
                    Report::new(
                        "the restored module cache had been modified after its download; the modules were downloaded again",
                    ),
                )),
                Some(errors) => Err(Failure::external(format!("go mod download: {errors}"))),
            };
        }
        if finished.success()
            && let Some(mut state) = State::read(context)?
        {
            state.modules_verified = true;
            state.write(context)?;
        }
        match robot_go_command::errors(&finished) {
            None => {
                let report = Report::new("all modules are in the module cache");
                Ok(Outcome::pass(Output::default(), report))
            }
            // Without a token this is only a warning: later go commands download what they need, or report why
            // they cannot.
            Some(errors) if context.secret(&TOKEN).is_none() => {
                let mut report = Report::new("some modules could not be downloaded in advance");
                report.push(Block::text(format!("{errors}\n{PRIVATE}")));
                let (verdict, cause) = (Verdict::Warn, Cause::NotDownloaded);
                Ok(Outcome::because(verdict, cause, Output::default(), report))
            }
            Some(errors) => {
                Err(Failure::external(format!("go mod download: {errors}")).hint(PRIVATE))
            }
        }
    }
}

/// GOMODCACHE, according to go.
fn module_cache(context: &Context) -> Result<Option<PathBuf>, Failure> {
    let ask = robot_go_command::go(context, "env", &[]).args(["-json", "GOMODCACHE"]);
    let told = robot_go_command::run(&ask, context)?;
    let go = GoEnvironment::parse(&told.stdout).unwrap_or_default();
    Ok(go.module_cache().filter(|path| path.is_absolute()).map(PathBuf::from))
}

/// Removes the clones that go keeps of modules without a proxy. On a laptop they belong to the user and stay.
fn forget_repositories(module_cache: Option<&Path>, context: &Context) -> Result<(), Failure> {
    let Some(folder) = module_cache.map(|cache| cache.join("cache/vcs")) else { return Ok(()) };
    if !context.environment.is_github() || folder.symlink_metadata().is_err() {
        return Ok(());
    }
    fs_err::remove_dir_all(&folder)
        .or_external(|| format!("{} cannot be removed", folder.display()))
}

/// Makes git read the token from the variable, for `url` only. The empty helper before it removes the machine's own
/// helpers, which would store the token.
/// <https://git-scm.com/docs/gitcredentials>
fn with_credential(command: Command, url: &str, count: usize) -> Command {
    const HELPER: &str = "!robot_token() { test \"$1\" != get || printf 'username=x-access-token\\npassword=%s\\n' \"$GO_PRIVATE_TOKEN\"; }; robot_token";
    let key = format!("credential.{}.helper", url.trim_end_matches('/'));
    let settings = [
        (&*key, ""),
        (&*key, HELPER),
        ("core.hooksPath", "/dev/null"),
        ("core.fsmonitor", "false"),
    ];
    let mut command = command
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_CONFIG_COUNT", (count + settings.len()).to_string());
    for (number, (key, value)) in settings.into_iter().enumerate() {
        let number = count + number;
        command = command
            .env(format!("GIT_CONFIG_KEY_{number}"), key)
            .env(format!("GIT_CONFIG_VALUE_{number}"), value);
    }
    command
}
