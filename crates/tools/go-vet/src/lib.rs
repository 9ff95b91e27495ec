//! `go-vet`: runs `go vet` and reports each finding with its location; reuses that an earlier run had none.

use robot_contract::{Action, Context, Failure, Outcome, Provenance, Requirement, Seal, Tool};
use robot_go_command::{
    EMBEDDING, Whole, diagnostics, errors, outside_failure, patterns, reused_from,
    run_with_protected_modules,
};
use robot_golang::package_list::{self, Package};
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
        let whole = Whole::open(context, "vet", &input.tags, &input);
        let whole = whole.map_err(|failure| failure.record().message.clone())?;
        whole.look_up::<()>().map(drop)
    }

    fn execute(input: Input, context: &mut Context) -> Result<Outcome<Output, Cause>, Failure> {
        robot_go_command::pin(context)?;
        let whole = Whole::open(context, "vet", &input.tags, &input)?;
        let because = match whole.look_up::<()>() {
            Ok(kept) => {
                robot_go_command::spare_caches(context);
                let mut report = Report::new("go vet has no findings");
                report.push(Block::text(reused_from(kept.commit.as_deref())));
                return Ok(Outcome::pass(Output::default(), report));
            }
            Err(because) => because,
        };
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
            let mut report = Report::new("go vet has no findings");
            report.push(Block::text(format!("vetted: {because}")));
            keep(&whole, &input.tags, &packages, context);
            return Ok(Outcome::pass(Output::default(), report));
        };
        whole.forget();
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

/// Keeps that there are no findings, where a later run can find it: of jobs, only those of the default branch save it.
fn keep(whole: &Whole, tags: &[String], patterns: &[String], context: &Context) {
    if context.environment.is_github() && !context.run.is_default_branch {
        return;
    }
    let list = robot_go_command::go(context, "list", tags)
        .args(["-deps", "-test"])
        .arg(format!("-json={EMBEDDING}"))
        .args(patterns.iter().cloned())
        .output_cap(256 << 20);
    // What cannot be listed is vetted again.
    let Ok(listed) = robot_go_command::run(&list, context) else { return };
    let packages: Result<Vec<Package>, _> =
        package_list::packages(listed.stdout.as_slice()).collect();
    if let Ok(packages) =
        packages.map_err(drop).and_then(|it| listed.success().then_some(it).ok_or(()))
    {
        let _ = whole.keep(context, &packages, &());
    }
}
