//! What every verdict on Go code depends on, as a key: all sources, the build tags, Go's settings, and the variables.

use crate::{Sources, differs_from_run_to_run, unobservable_flag, variable_digests};
use robot_contract::{Context, Failure, Isolate, Key, Seal};
use robot_golang::toolchain::GoEnvironment;
use robot_process::Command;

/// Go's settings that decide which files a package has and what becomes of them, as `go env` names them.
pub const SETTINGS: [&str; 18] = [
    "GOVERSION",
    "GOROOT",
    "GOFLAGS",
    "GOEXPERIMENT",
    "GODEBUG",
    "GOFIPS140",
    "GOOS",
    "GOARCH",
    "GOAMD64",
    "GOARM64",
    "CGO_ENABLED",
    "CC",
    "CXX",
    "CGO_CFLAGS",
    "CGO_CPPFLAGS",
    "CGO_CXXFLAGS",
    "CGO_LDFLAGS",
    "GO_LDSO",
];

/// Those of them that name the Go itself: a tool that runs another version has it in its own part of the key.
const OF_THE_VERSION: [&str; 2] = ["GOVERSION", "GOROOT"];

/// What every verdict on Go code depends on.
#[derive(Debug)]
pub struct Inputs {
    /// The sources of the repository.
    pub sources: Sources,
    /// Them, the settings and the variables; the tool adds what it asks for.
    pub key: Key,
}

impl Inputs {
    /// Reads them. `command` is what runs, and `go` which Go tells its settings: where another version runs than the
    /// one that is there, `Some("local")`.
    ///
    /// # Errors
    /// There is no go command. Inside: why nothing can be known.
    pub fn read(
        context: &Context,
        tags: &[String],
        verb: &str,
        go: Option<&str>,
    ) -> Result<Result<Self, String>, Failure> {
        let ask = without_run(crate::go(context, "env", &[])).arg("-json");
        let ask = go.into_iter().fold(ask, |ask, go| ask.env("GOTOOLCHAIN", go));
        let run = crate::sealed_go(context, verb, tags, Isolate::Auto, &Seal::default());
        let counts = |name: &str| go.is_none() || !OF_THE_VERSION.contains(&name);
        let read = Self::of(context, &ask, &without_run(run), &counts)?;
        Ok(read.map(|(mut inputs, _)| {
            inputs.key.text("tags", tags.join(","));
            inputs
        }))
    }

    /// Reads them, with what go says of itself. `ask` is a `go env -json`, and `run` the command whose variables count;
    /// of the settings, those count that `counts` says.
    ///
    /// # Errors
    /// As [`Inputs::read`].
    pub(crate) fn of(
        context: &Context,
        ask: &Command,
        run: &Command,
        counts: &dyn Fn(&str) -> bool,
    ) -> Result<Result<(Self, GoEnvironment), String>, Failure> {
        let settings = match settings(context, ask)? {
            Ok(settings) => settings,
            Err(why) => return Ok(Err(why)),
        };
        let sources = match Sources::read(context) {
            Ok(sources) => sources,
            Err(why) => return Ok(Err(why)),
        };
        let mut key = Key::of("");
        for name in SETTINGS.into_iter().filter(|name| counts(name)) {
            key.text(format!("go env {name}"), settings.get(name));
        }
        key.digests(sources.digests());
        for (name, hash) in variable_digests(run) {
            key.digests([(format!("variable {name}").as_str(), hash.as_str())]);
        }
        Ok(Ok((Self { sources, key }, settings)))
    }
}

/// A command without the variables that differ from run to run: a verdict that may be repeated holds only for the
/// variables that were there.
pub fn without_run(command: Command) -> Command {
    command.without(differs_from_run_to_run)
}

fn settings(context: &Context, ask: &Command) -> Result<Result<GoEnvironment, String>, Failure> {
    let told = crate::run(&ask.clone().args(SETTINGS), context)?;
    let settings = GoEnvironment::parse(&told.stdout).ok().filter(|_| told.success());
    Ok(match settings {
        None => Err("`go env` does not tell go's settings".to_owned()),
        Some(settings) => match unobservable_flag(&settings) {
            Some(flag) => {
                Err(format!("with `{flag}` in GOFLAGS it is not known what a verdict depends on"))
            }
            None => Ok(settings),
        },
    })
}
