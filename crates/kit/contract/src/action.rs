//! The trait that a tool implements for each of its verbs.

use crate::{Cause, Context, Failure, Leaves, Outcome, Provenance, Requirement, Secret, Takes};
use robot_model::Finding;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// One verb of a tool: typed settings in, report out.
///
/// Flags, action inputs, the tool's section in robot.yml, the editor's schema and the table in the docs are
/// all derived from [`Action::Input`].
pub trait Action {
    /// The tool: `cache-key`.
    const TOOL: &'static str;
    /// The verb, where the tool has several: `prepare`.
    const VERB: Option<&'static str>;
    /// One line for `--help` and the docs.
    const ABOUT: &'static str;
    /// Whether it is a gate. The kit adds the setting `mode` to a gate and applies it to the reasons of its
    /// [`Outcome`].
    const GATE: bool = false;
    /// Whether it reuses verdicts that earlier runs kept ([`Context::kept`]). The kit then adds and applies the setting
    /// `fresh`.
    const KEEPS: bool = false;
    /// Requirements that must be met before it, or any step of its pipeline, starts.
    const REQUIRES: &'static [Requirement] = &[];
    /// The evidence that it writes for later steps.
    const LEAVES: &'static [Leaves] = &[];
    /// The evidence that it reads from earlier steps.
    const TAKES: &'static [Takes] = &[];
    /// Secrets that it reads from the environment.
    const SECRETS: &'static [Secret] = &[];
    /// Settings whose entries are merged with those of the layer below, such as `layers` in robot.yml with the
    /// default ones. Other settings are replaced as a whole.
    const MERGED: &'static [&'static str] = &[];
    /// The settings as users write them, with one doc line each. A default is written in the field's attribute
    /// (`#[arg(default_value_t = 1)]`, `#[arg(skip = …)]`) and nowhere else. A field without a default is an
    /// `Option` or a list. Fields with `#[arg(skip)]` are structured: they can be set in robot.yml or as one
    /// multi-line YAML input, but have no flag.
    type Input: clap::Args + Serialize + DeserializeOwned + JsonSchema;
    /// The settings as the verb uses them; the same type as `Input` if there is nothing to check or convert.
    type Settings: Serialize + DeserializeOwned;
    /// The action's `outputs:`.
    type Output: Serialize + JsonSchema;
    /// The causes of a verdict; `()` if there are none.
    type Cause: Cause;

    /// Converts the input to settings. Called once, after all layers are merged and before any work, and by
    /// `robot explain`.
    ///
    /// # Errors
    /// An invalid value or a contradiction. The error names every location involved.
    fn resolve(input: Self::Input, provenance: &Provenance) -> Result<Self::Settings, Failure>;

    /// Whether a finding becomes an annotation: false if another tool has already annotated it.
    fn annotates(_finding: &Finding) -> bool {
        true
    }

    /// Whether its verdict is known before caches are restored: earlier runs kept all of it, or it does no work for which
    /// a cache helps. It then ends the same without them. Called before the pipeline starts.
    ///
    /// # Errors
    /// Why it has work.
    fn is_idle(_settings: Self::Settings, _context: &mut Context) -> Result<(), String> {
        Err("it is not known before it runs".to_owned())
    }

    /// Gathers, decides, reports.
    ///
    /// # Errors
    /// The verb failed before it could decide.
    fn execute(
        settings: Self::Settings,
        context: &mut Context,
    ) -> Result<Outcome<Self::Output, Self::Cause>, Failure>;
}
