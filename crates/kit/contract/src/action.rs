//! What a tool implements for each of its verbs.

use crate::{Cause, Context, Failure, Leaves, Outcome, Provenance, Requirement, Secret, Takes};
use robot_model::Finding;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// One verb of a tool: typed settings in, report out.
///
/// The declaration has five faces: flags, action inputs, the tool's section in robot.yml, the
/// editor's schema and the table in the docs. All are derived from [`Action::Input`].
pub trait Action {
    /// The tool: `cache-key`.
    const TOOL: &'static str;
    /// The verb, where the tool has several: `prepare`.
    const VERB: Option<&'static str>;
    /// Whether an action of a tool with several verbs runs this one where none is named.
    const IS_DEFAULT: bool = false;
    /// One line for `--help` and the docs.
    const ABOUT: &'static str;
    /// Whether it passes judgement on the change: then it has the setting `mode`, which the kit adds
    /// and applies to the reasons of its [`Outcome`].
    const GATE: bool = false;
    /// What must be there before it, or any step of a pipeline beside it, does anything.
    const REQUIRES: &'static [Requirement] = &[];
    /// The evidence that it leaves for later steps.
    const LEAVES: &'static [Leaves] = &[];
    /// The evidence that it takes of earlier ones.
    const TAKES: &'static [Takes] = &[];
    /// Secrets that it takes from the environment.
    const SECRETS: &'static [Secret] = &[];
    /// Settings whose entries are laid one by one over those of the layer below: `layers` of
    /// robot.yml beside the default ones. Others are replaced whole.
    const MERGED: &'static [&'static str] = &[];
    /// The settings as users write them, a doc line each. A default stands in the field's attribute
    /// (`#[arg(default_value_t = 1)]`, `#[arg(skip = …)]`) and nowhere else; a field without one is
    /// an `Option` or a list. Fields with `#[arg(skip)]` are structured: robot.yml or one multi-line
    /// YAML input, no flag.
    type Input: clap::Args + Serialize + DeserializeOwned + JsonSchema;
    /// The settings as the verb uses them; the same type where there is nothing to check or convert.
    type Settings: Serialize + DeserializeOwned;
    /// Becomes the action's `outputs:`.
    type Output: Serialize + JsonSchema;
    /// The finer reasons of a verdict; `()` where there is none.
    type Cause: Cause;

    /// Makes settings of the input: once, after all layers are laid, before any work and in
    /// `robot explain`.
    ///
    /// # Errors
    /// A value that means nothing, or a contradiction; it names every place involved.
    fn resolve(input: Self::Input, provenance: &Provenance) -> Result<Self::Settings, Failure>;

    /// Whether a finding becomes an annotation: not where another tool has made it already.
    fn annotates(_finding: &Finding) -> bool {
        true
    }

    /// Gathers, decides, reports.
    ///
    /// # Errors
    /// The verb broke off before it could decide.
    fn execute(
        settings: Self::Settings,
        context: &mut Context,
    ) -> Result<Outcome<Self::Output, Self::Cause>, Failure>;
}
