//! `go-vet`: runs `go vet` and reports each finding with its location.

use robot_contract::{Action, Context, Failure, Outcome, Provenance, Requirement, Seal, Tool};
use robot_go_command::{
    diagnostics, errors, outside_failure, patterns, run_with_protected_modules,
};
use robot_model::{Block, Report, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The tool and its verb.
pub fn tool() -> Tool {
    Tool::of::<GoVet>()
}

/// Vets a Go robot.
#[derive(Debug)]
pub struct GoVet;

/// Settings of `go-vet`.
#[derive(Debug, Clone, clap::Args, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Input {
    /// Package patterns, as `go vet` takes them
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', default_value = "./...")]
    pub packages: Vec<String>,
    /// Build tags
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    pub tags: Vec<String>,
}

/// The number of findings.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// Number of findings
    pub findings: usize,
}

/// Causes of a verdict.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// `go vet` reports findings
    Vet,
    /// No package matches the patterns
    NoPackages,
}

impl robot_contract::Cause for Cause {}

impl Action for GoVet {
    const TOOL: &'static str = "go-vet";
    const VERB: Option<&'static str> = None;
    const ABOUT: &'static str = "Run go vet and annotate each finding at its line";
    const GATE: bool = true;
    const REQUIRES: &'static [Requirement] = &[robot_go_command::MODULE];
    type Input = Input;
    type Settings = Input;
    type Output = Output;
    type Cause = Cause;

    fn resolve(input: Input, _: &Provenance) -> Result<Input, Failure> {
        Ok(input)
    }

    fn execute(input: Input, context: &mut Context) -> Result<Outcome<Output, Cause>, Failure> {
        let packages = patterns(context, &input.packages);
        let finished = run_with_protected_modules(
            context,
            "vet",
            &input.tags,
            &[],
            &packages,
            Seal::default(),
        )?;
        if finished.cancelled {
            return Err(Failure::interrupted("interrupted while vetting"));
        }
        let Some(errors) = errors(&finished) else {
            let report = Report::new("go vet has no findings");
            return Ok(Outcome::pass(Output::default(), report));
        };
        if let Some(failure) = outside_failure(&errors) {
            return Err(failure);
        }
        if errors.contains("matched no packages") {
            let report = Report::new("go vet found no package that matches the patterns");
            let (verdict, cause) = (Verdict::Inconclusive, Cause::NoPackages);
            return Ok(Outcome::because(verdict, cause, Output::default(), report));
        }
        let findings = diagnostics(&errors, "vet", &context.checkout());
        let output = Output { findings: findings.len() };
        let mut report = Report::new(match findings.as_slice() {
            [one] => format!("go vet: {}", one.title),
            several => format!("go vet has {} findings", several.len()),
        });
        report.push(Block::Findings { title: "Vet".to_owned(), findings });
        Ok(Outcome::because(Verdict::Fail, Cause::Vet, output, report))
    }
}
