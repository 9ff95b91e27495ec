//! `go-vet`: what `go vet` finds, each at its place.

use robot_contract::{Action, Context, Failure, Isolate, Outcome, Seal, Tool, Verb};
use robot_go_command::{diagnostics, errors, patterns, sealed_go};
use robot_model::{Block, Report, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The tool and its verb.
pub fn tool() -> Tool {
    Tool { name: GoVet::TOOL, about: GoVet::ABOUT, verbs: vec![Verb::of::<GoVet>()], helpers: &[] }
}

/// Vets a Go robot.
#[derive(Debug)]
pub struct GoVet;

/// Settings of `go-vet`.
#[derive(Debug, Clone, Default, clap::Args, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
pub struct Input {
    /// Package patterns, as `go vet` takes them
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    pub packages: Option<Vec<String>>,
    /// Build tags
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    pub tags: Option<Vec<String>>,
}

/// What was found.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// Findings
    pub findings: usize,
}

impl Action for GoVet {
    const TOOL: &'static str = "go-vet";
    const VERB: Option<&'static str> = None;
    const ABOUT: &'static str = "Run go vet; each finding is annotated at its place";
    const NEEDS_MODULE: bool = true;
    type Input = Input;
    type Output = Output;

    fn defaults() -> Input {
        Input { packages: Some(vec!["./...".to_owned()]), tags: Some(Vec::new()) }
    }

    fn execute(input: Input, context: &mut Context) -> Result<Outcome<Output>, Failure> {
        robot_go_command::require_module(context)?;
        let packages = patterns(context, input.packages.as_deref().unwrap_or_default());
        let tags = input.tags.as_deref().unwrap_or_default();
        let command =
            sealed_go(context, "vet", tags, Isolate::Auto, &Seal::default()).args(packages);
        let finished = robot_go_command::run(&command, context)?;
        if finished.cancelled {
            return Err(Failure::interrupted("interrupted while vetting"));
        }
        let Some(errors) = errors(&finished) else {
            let report = Report::new("go vet finds nothing");
            return Ok(Outcome::new(Verdict::Pass, Output::default(), report));
        };
        let findings = diagnostics(&errors, "vet");
        let output = Output { findings: findings.len() };
        let mut report = Report::new(match findings.as_slice() {
            [one] => format!("go vet: {}", one.title),
            several => format!("go vet finds {}", several.len()),
        });
        report.push(Block::Findings { title: "Vet".to_owned(), findings });
        let mut outcome = Outcome::new(Verdict::Fail, output, report);
        outcome.cause = Some("vet".to_owned());
        Ok(outcome)
    }
}
