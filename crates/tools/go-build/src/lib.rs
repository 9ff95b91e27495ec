//! `go-build`: compiles every package and links every program, but not those of which an earlier run
//! knows that they link.
//!
//! Go's build cache holds compiled packages but no linked programs: `go build ./...` links all of
//! them each time, only to throw them away. Whether they link follows from the compiled packages, so
//! it is kept as a verdict (`kept`). That all of it was built is another one (`whole`), which is known without
//! Go's build cache.

mod compile;
mod kept;
mod link;
mod report;
mod whole;

use robot_contract::{Action, Context, Failure, Outcome, Provenance, Requirement, Tool};
use robot_model::{Block, Report, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The tool and its verb.
pub fn tool() -> Tool {
    Tool::of::<GoBuild>()
}

/// Builds a Go robot.
#[derive(Debug)]
pub struct GoBuild;

/// Settings of `go-build`.
#[derive(Debug, Clone, clap::Args, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Input {
    /// Package patterns, as `go build` takes them
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', default_value = "./...")]
    pub packages: Vec<String>,
    /// Build tags
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    pub tags: Vec<String>,
}

/// What was built.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// Number of packages that compile
    pub packages: usize,
    /// Number of programs that link
    pub programs: usize,
    /// Number of programs that were not linked because an earlier run linked them from the same packages
    pub reused_programs: usize,
}

/// Causes of a verdict.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A package does not compile, or a program does not link
    BuildFail,
    /// No package matches the patterns
    NoPackages,
}

impl robot_contract::Cause for Cause {}

impl Action for GoBuild {
    const TOOL: &'static str = "go-build";
    const VERB: Option<&'static str> = None;
    const ABOUT: &'static str =
        "Compile all packages and link all programs; reuse what is unchanged";
    const KEEPS: bool = true;
    const REQUIRES: &'static [Requirement] = &[robot_go_command::MODULE];
    type Input = Input;
    type Settings = Input;
    type Output = Output;
    type Cause = Cause;

    fn resolve(input: Input, _: &Provenance) -> Result<Input, Failure> {
        Ok(input)
    }

    fn is_idle(input: Input, context: &mut Context) -> Result<(), String> {
        let whole = whole::open(&input, context);
        let whole = whole.map_err(|failure| failure.record().message.clone())?;
        whole::look_up(&whole).map(drop)
    }

    fn execute(input: Input, context: &mut Context) -> Result<Outcome<Output, Cause>, Failure> {
        robot_go_command::pin(context)?;
        let whole = context.phase("kept", |context| whole::open(&input, context))?;
        let because = match whole::look_up(&whole) {
            Ok(kept) => {
                robot_go_command::spare_caches(context);
                return Ok(whole::outcome(&kept));
            }
            Err(because) => because,
        };
        let mut compiled = context.phase("compile", |context| compile::run(&input, context))?;
        let mut output = Output { packages: compiled.own().count(), ..Output::default() };
        let mut linked = link::Linked::default();
        if compiled.errors.is_none() && !context.cancellation.is_cancelled() {
            linked = context.phase("link", |context| link::run(&compiled, &input.tags, context))?;
            output.programs = linked.programs.len();
            output.reused_programs =
                linked.programs.iter().filter(|(_, known)| known.is_ok()).count();
        }
        if context.cancellation.is_cancelled() {
            return Err(Failure::interrupted("interrupted while building"));
        }
        let Some(errors) = compiled.errors.take().or_else(|| linked.errors.take()) else {
            let nothing = (Verdict::Inconclusive, Cause::NoPackages);
            let reasons = (output.packages == 0).then_some(nothing);
            let mut report = report::report(output.packages, &linked);
            report.push(Block::text(format!("packages compiled: {because}")));
            whole::keep(&whole, &compiled, &linked, context);
            return Ok(Outcome::decided(reasons, output, report));
        };
        if let Some(failure) = robot_go_command::outside_failure(&errors) {
            return Err(failure);
        }
        let findings = robot_go_command::diagnostics(&errors, "build", &context.checkout());
        let mut report = Report::new(format!("the build fails: {}", findings[0].title));
        report.push(Block::Findings { title: "Build errors".to_owned(), findings });
        Ok(Outcome::because(Verdict::Fail, Cause::BuildFail, output, report))
    }
}
