use crate::{Context, Failure, Provenance, Secret};
use robot_model::{Finding, Metric, Report, Verdict};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// One verb of a tool: typed input in, report out.
///
/// The declaration has five faces: flags, action inputs, the tool's section in robot.yml, the
/// editor's schema and the table in the docs. All are derived from [`Action::Input`].
pub trait Action {
    /// The tool: `cache-key`.
    const TOOL: &'static str;
    /// The verb, where the tool has several: `prepare`.
    const VERB: Option<&'static str>;
    /// One line for `--help` and the docs.
    const ABOUT: &'static str;
    /// Secrets that it takes from the environment.
    const SECRETS: &'static [Secret] = &[];
    /// Whether it works on a Go module, or the modules of a workspace, in the working folder: a
    /// pipeline of such steps asks for it once, before any of them.
    const NEEDS_MODULE: bool = false;
    /// Whether its findings are those of other results, whose places are told already from the
    /// repository's root; those of others are made so.
    const RELAYS: bool = false;
    /// Settings whose entries are laid one by one over those of the layer below: `layers` of
    /// robot.yml beside the default ones. Others are replaced whole.
    const MERGED: &'static [&'static str] = &[];
    /// The raw input: every field optional, a doc line each. Fields with `#[arg(skip)]` are
    /// structured: robot.yml or one multi-line YAML input, no flag.
    type Input: clap::Args + Serialize + DeserializeOwned + JsonSchema + Default;
    /// Becomes the action's `outputs:`.
    type Output: Serialize + JsonSchema;

    /// The only place where a default is written.
    fn defaults() -> Self::Input;

    /// Checks that settings agree with each other, before any work and in `robot explain`.
    ///
    /// # Errors
    /// A contradiction; it names both places.
    fn validate(_input: &Self::Input, _provenance: &Provenance) -> Result<(), Failure> {
        Ok(())
    }

    /// Whether a finding becomes an annotation: not where another tool has made it already.
    fn annotates(_finding: &Finding) -> bool {
        true
    }

    /// Gathers, decides, reports.
    ///
    /// # Errors
    /// The verb broke off before it could decide.
    fn execute(input: Self::Input, context: &mut Context)
    -> Result<Outcome<Self::Output>, Failure>;
}

/// What a verb decided, and on what grounds.
#[derive(Debug)]
pub struct Outcome<T> {
    /// The decision.
    pub verdict: Verdict,
    /// Finer reason, a stable word of the tool.
    pub cause: Option<String>,
    /// The typed output.
    pub output: T,
    /// What it has to say.
    pub report: Report,
    /// Measured numbers.
    pub metrics: Vec<Metric>,
    /// What kept it from a decision although there is something to report.
    pub failure: Option<Failure>,
}

impl<T> Outcome<T> {
    /// An outcome without a finer reason or numbers.
    pub const fn new(verdict: Verdict, output: T, report: Report) -> Self {
        Self { verdict, cause: None, output, report, metrics: Vec::new(), failure: None }
    }
}
