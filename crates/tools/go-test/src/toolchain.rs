//! The go command as the tests of a layer meet it: with the layer's variables. Whatever is asked of
//! go about a layer is asked in this environment, as tags, system and cgo decide what a package is.

use crate::input::ResolvedLayer;
use robot_contract::{Context, Failure, Seal};
use robot_go_command::SETTINGS;
use robot_golang::toolchain::GoEnvironment;
use robot_observe::Watch;
use robot_process::{Command, is_named_like_a_secret, is_reserved};
use std::path::{Path, PathBuf};

/// `go <verb>` for a layer.
pub(crate) fn command(layer: &ResolvedLayer, context: &Context, verb: &str) -> Command {
    // `go env` knows no tags.
    let tags = if verb == "env" { &[] } else { layer.tags.as_slice() };
    for_layer(robot_go_command::go(context, verb, tags), layer, context)
}

/// `go test` for a layer, sealed in.
pub(crate) fn test(layer: &ResolvedLayer, context: &Context, also: &Seal) -> Command {
    let go = robot_go_command::sealed_go(context, "test", &layer.tags, layer.isolate, also);
    for_layer(go, layer, context)
}

fn for_layer(go: Command, layer: &ResolvedLayer, context: &Context) -> Command {
    let go = go.without(|name| is_withheld(name, layer));
    with_variables(go, layer, context)
}

/// Whether a layer's tests do not get a variable: only those whose results are repeated, and only where nobody asked
/// for it.
fn is_withheld(name: &std::ffi::OsStr, layer: &ResolvedLayer) -> bool {
    layer.count.is_none()
        && robot_go_command::differs_from_run_to_run(name)
        && !layer.pass_env.iter().any(|passed| name == passed.as_str())
}

/// A child with the variables that the layer declares and lets through.
pub(crate) fn with_variables(
    mut command: Command,
    layer: &ResolvedLayer,
    context: &Context,
) -> Command {
    let passed =
        |name: &std::ffi::OsStr| layer.pass_env.iter().any(|passed| name == passed.as_str());
    for (name, value) in context.environment.iter().filter(|(name, _)| passed(name)) {
        command = command.secret_env(name, value);
    }
    for (name, value) in &layer.env {
        command = command.env(name, value);
    }
    command
}

/// What a layer's tests did not get though the job has it, as that may be why they fail; empty when
/// there is nothing.
pub(crate) fn withheld(layer: &ResolvedLayer, context: &Context) -> String {
    let names = context.environment.iter().map(|(name, _)| name);
    let secret = names.filter(|name| is_named_like_a_secret(name) && !is_reserved(name));
    let names = secret.map(|name| name.to_string_lossy().into_owned());
    let mut names: Vec<String> = names
        .filter(|name| !layer.pass_env.contains(name) && !layer.env.contains_key(name))
        .collect();
    names.sort();
    if names.is_empty() {
        return String::new();
    }
    format!(
        "{}: tests did not get these variables, whose names look like secrets: {} (to pass one, add it to `pass-env`)",
        layer.name,
        names.join(", ")
    )
}

/// Go's settings for a layer; empty when go does not tell, which it then says itself.
#[derive(Debug, Default)]
pub(crate) struct Toolchain(GoEnvironment);

impl Toolchain {
    /// Asks go.
    ///
    /// # Errors
    /// There is no go command, or it cannot work here.
    pub(crate) fn ask(layer: &ResolvedLayer, context: &Context) -> Result<Self, Failure> {
        let command = command(layer, context, "env").arg("-json").args(SETTINGS);
        let command = command.arg("GOMODCACHE");
        let told = robot_go_command::run(&command, context)?;
        let errors = robot_go_command::errors(&told);
        if let Some(failure) = errors.as_deref().and_then(robot_go_command::outside_failure) {
            return Err(failure);
        }
        Ok(Self(GoEnvironment::parse(&told.stdout).unwrap_or_default()))
    }

    /// Whether go told.
    pub(crate) fn is_known(&self) -> bool {
        !self.0.version_name().is_empty()
    }

    /// All that it told, by name.
    pub(crate) fn settings(&self) -> impl Iterator<Item = (&str, &str)> {
        SETTINGS.iter().map(|name| (*name, self.0.get(name)))
    }

    /// What tests must not see or change of go's folders. `is_complete`: go has all modules that it needs.
    pub(crate) fn seal(&self, scratch: &Path, is_complete: bool) -> Seal {
        let folder =
            |name: &str| Some(PathBuf::from(self.0.get(name))).filter(|it| it.is_absolute());
        let modules = folder("GOMODCACHE").filter(|_| is_complete);
        if let Some(modules) = &modules {
            // What is not there cannot be protected, and tests could make it for later runs.
            let _ = fs_err::create_dir_all(modules);
        }
        Seal {
            visible: vec![scratch.to_owned()],
            read_only: modules.into_iter().collect(),
            ..Seal::default()
        }
    }

    /// Go said that cgo is off.
    pub(crate) fn lacks_cgo(&self) -> bool {
        self.0.get("CGO_ENABLED") == "0"
    }

    /// A flag in GOFLAGS with which go runs every test.
    pub(crate) fn uncaching_flag(&self) -> Option<&str> {
        robot_go_command::uncaching_flag(&self.0)
    }

    /// Whether the layer's results may be those of an earlier run, and what its tests read can be
    /// observed.
    pub(crate) fn repeats_results(&self, layer: &ResolvedLayer) -> bool {
        layer.count.is_none()
            && self.is_known()
            && self.uncaching_flag().is_none()
            && self.unobservable().is_none()
    }

    /// A flag in GOFLAGS under which it is not known what a test is made of.
    pub(crate) fn unobservable(&self) -> Option<&str> {
        robot_go_command::unobservable_flag(&self.0)
    }

    /// A flag that makes go start tests by the observer, which leaves what it sees of them in `left`; go
    /// then runs them rather than repeat an earlier result (`go help test`). `None` with a program of the
    /// owner's in its place, or where go could not be told of ours.
    pub(crate) fn observer(&self, layer: &ResolvedLayer, left: &Path) -> Option<String> {
        let watch = match layer.count {
            // Never repeated, so what they read does not matter: they keep all rights that they have.
            Some(_) => Watch::Framework,
            None => Watch::Reads,
        };
        robot_go_command::observer(watch, left).filter(|_| !self.has_flag("exec"))
    }

    /// A flag that makes go run tests where no observer does: tests can see it.
    pub(crate) fn uncaching_argument(layer: &ResolvedLayer) -> Option<String> {
        layer.count.is_none().then(|| "-count=1".to_owned())
    }

    /// A flag in GOFLAGS that leaves tests out.
    pub(crate) fn selecting_flag(&self) -> Option<&str> {
        robot_go_command::flag(&self.0, &["run", "skip", "short", "list"])
    }

    /// GOFLAGS asks for the coverage of packages beside the tested one.
    pub(crate) fn measures_other_packages(&self) -> bool {
        self.has_flag("coverpkg")
    }

    fn has_flag(&self, wanted: &str) -> bool {
        robot_go_command::flag(&self.0, &[wanted]).is_some()
    }

    #[cfg(test)]
    pub(crate) fn of(json: &str) -> Self {
        Self(GoEnvironment::parse(json.as_bytes()).unwrap())
    }
}
