//! `go-build`: compiles every package and links every program, but does not link programs again that an earlier run linked
//! from the same inputs.
//!
//! Go's build cache contains compiled packages but no linked programs: `go build ./...` links all programs each time and
//! discards them. When the output folder persists, the go command compares the build ID in each program with the one that it
//! would link, and keeps the program if they are equal.

mod compile;
mod link;

use robot_contract::{Action, Context, Failure, Outcome, Provenance, Requirement, ResultExt, Tool};
use robot_model::{Block, Report, Verdict};
use robot_render::counted;
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
    /// Number of programs reused because an earlier run linked them from the same inputs
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
        "Compile all packages and link all programs, reusing what is unchanged";
    const REQUIRES: &'static [Requirement] = &[robot_go_command::MODULE];
    type Input = Input;
    type Settings = Input;
    type Output = Output;
    type Cause = Cause;

    fn resolve(input: Input, _: &Provenance) -> Result<Input, Failure> {
        Ok(input)
    }

    fn execute(input: Input, context: &mut Context) -> Result<Outcome<Output, Cause>, Failure> {
        let compiled = context.phase("compile", |context| compile::run(&input, context))?;
        let mut output = Output { packages: compiled.packages.len(), ..Output::default() };
        let mut errors = compiled.errors;
        if errors.is_none() && !context.cancellation.is_cancelled() {
            let programs = compiled.packages.into_iter().filter(|package| package.is_program);
            let programs: Vec<_> = programs.collect();
            let folder = link::folder(&programs, context)?;
            fs_err::create_dir_all(&folder)
                .or_external(|| "the folder for linked programs cannot be created".to_owned())?;
            let linked = context
                .phase("link", |context| link::run(&programs, &folder, &input.tags, context))?;
            output.programs = programs.len();
            output.reused_programs = linked.reused;
            errors = linked.errors;
        }
        if context.cancellation.is_cancelled() {
            return Err(Failure::interrupted("interrupted while building"));
        }
        let Some(errors) = errors else {
            let nothing = (Verdict::Inconclusive, Cause::NoPackages);
            let reasons = (output.packages == 0).then_some(nothing);
            let report = Report::new(format!(
                "compiled {}, linked {} ({} reused)",
                counted(output.packages, "package"),
                counted(output.programs, "program"),
                output.reused_programs
            ));
            return Ok(Outcome::decided(reasons, output, report));
        };
        if let Some(failure) = robot_go_command::outside_failure(&errors) {
            return Err(failure);
        }
        let findings = robot_go_command::diagnostics(&errors, "build", &context.checkout());
        let mut report = Report::new(format!("the build failed: {}", findings[0].title));
        report.push(Block::Findings { title: "Build errors".to_owned(), findings });
        Ok(Outcome::because(Verdict::Fail, Cause::BuildFail, output, report))
    }
}
