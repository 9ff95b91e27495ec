//! Merges the layers of settings, types them and resolves them, once.

use crate::declare::declaration;
use crate::kept::Repeats;
use crate::mode::Gate;
use crate::{Action, ConfigFile, Environment, Failure, Mode, Origin, Provenance};
use clap::ArgMatches;
use data_encoding::HEXLOWER;
use robot_settings::Layers;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// The settings of one verb, and the layer that each came from.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// All layers together, as users write them; kebab-case keys.
    pub values: Map<String, Value>,
    /// Origin per key.
    pub provenance: Provenance,
    /// The resolved settings.
    pub assignment: Assignment,
}

impl Resolved {
    /// Whether `key` has its default.
    pub fn is_default(&self, key: &str) -> bool {
        *self.provenance.origin(key) == Origin::Default
    }
}

/// The type-erased settings of one run of a verb, which a pipeline can pass to the child that runs the step.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Assignment {
    settings: Value,
    pub(crate) mode: Mode,
    /// Whether no verdict of an earlier run is repeated.
    pub(crate) fresh: bool,
    /// SHA-256 of all layers together, in hex.
    pub(crate) digest: String,
}

impl Assignment {
    /// The settings with their type.
    ///
    /// # Errors
    /// They are those of another verb.
    pub fn settings<A: Action>(self) -> Result<A::Settings, Failure> {
        serde_json::from_value(self.settings).map_err(|error| {
            Failure::internal("the resolved settings cannot be read back").caused_by(&error)
        })
    }
}

/// Resolves the settings of one verb: flags > non-empty inputs > robot.yml > defaults.
///
/// # Errors
/// A value of the wrong type, an input that cannot be parsed, settings that contradict each other. The error
/// names their locations.
pub fn resolve<A: Action>(
    flags: Option<&ArgMatches>,
    environment: &Environment,
    file: &ConfigFile,
) -> Result<Resolved, Failure> {
    let mut layers = Layers::defaults(declaration::<A>())?;
    layers.lay_file(file)?;
    if environment.is_github() {
        layers.lay_inputs(environment)?;
    }
    if let Some(flags) = flags {
        layers.lay_flags(flags)?;
    }
    settle::<A>(layers)
}

/// Resolves the settings of one step of a pipeline: `with` > robot.yml > defaults. Inputs and flags belong to
/// the pipeline, not to its steps. `path` is the location of `with` in the pipeline's own settings.
pub(crate) fn resolve_step<A: Action>(
    with: &Map<String, Value>,
    path: &str,
    provenance: &Provenance,
    file: &ConfigFile,
) -> Result<Resolved, Failure> {
    let mut layers = Layers::defaults(declaration::<A>())?;
    layers.lay_file(file)?;
    layers.lay_with(with, path, provenance)?;
    settle::<A>(layers)
}

/// The settings of a verb when nothing is set.
///
/// # Errors
/// A setting is mandatory, or a field of its input has no default.
pub fn default_settings<A: Action>() -> Result<A::Settings, Failure> {
    settle::<A>(Layers::defaults(declaration::<A>())?)?.assignment.settings::<A>()
}

/// Types the merged layers and calls the verb's `resolve`.
fn settle<A: Action>(layers: Layers) -> Result<Resolved, Failure> {
    let mode = if A::GATE { layers.typed::<Gate>()?.mode } else { Mode::Enforce };
    let fresh = A::KEEPS && layers.typed::<Repeats>()?.fresh;
    let settings = A::resolve(layers.typed::<A::Input>()?, &layers.provenance)?;
    let settings = serde_json::to_value(settings)
        .map_err(|error| Failure::internal("settings are not JSON").caused_by(&error))?;
    let Layers { values, provenance, .. } = layers;
    let digest = HEXLOWER.encode(&Sha256::digest(Value::Object(values.clone()).to_string()));
    Ok(Resolved { values, provenance, assignment: Assignment { settings, mode, fresh, digest } })
}
