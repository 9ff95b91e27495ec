use crate::schema::schema_of;
use crate::settings::{Resolved, resolve, resolve_step, typed};
use crate::{Action, ConfigFile, Context, Environment, Failure, Outcome, Provenance, Secret};
use clap::{ArgMatches, Args, FromArgMatches};
use data_encoding::HEXLOWER;
use robot_model::{Block, ExitStatus, Finding, REPORT_SCHEMA, Report, ResultDocument, Verdict};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

/// A tool: a name, a line about it, and its verbs.
pub struct Tool {
    /// `cache-key`.
    pub name: &'static str,
    /// One line.
    pub about: &'static str,
    /// One to four.
    pub verbs: Vec<Verb>,
    /// What its own children start again; hidden.
    pub helpers: &'static [Helper],
}

/// A part of a tool that runs as a program of its own, started by a child of the tool: `<binary>
/// <name> <arguments>`. It is no verb: it has neither settings nor a result.
pub struct Helper {
    /// First argument.
    pub name: &'static str,
    /// Takes the arguments behind it.
    pub run: fn(&[OsString]) -> ExitCode,
}

impl Helper {
    /// Runs the helper that the command line names, if it names one: before anything else is done.
    pub(crate) fn run_named(tools: &[Tool], arguments: &[OsString]) -> Option<ExitCode> {
        let (name, rest) = arguments.get(1..)?.split_first()?;
        let mut helpers = tools.iter().flat_map(|tool| tool.helpers);
        helpers.find(|helper| name == helper.name).map(|helper| (helper.run)(rest))
    }
}

/// `(with, its path in the pipeline's settings, provenance of those, robot.yml)`.
pub type ResolveStep =
    fn(&Map<String, Value>, &str, &Provenance, &ConfigFile) -> Result<Resolved, Failure>;

/// One verb with its types forgotten, so that a bundle can hold many.
#[derive(Clone, Copy)]
pub struct Verb {
    /// The tool it belongs to.
    pub tool: &'static str,
    /// Its name, where the tool has several.
    pub name: Option<&'static str>,
    /// One line.
    pub about: &'static str,
    /// What it takes from the environment alone.
    pub secrets: &'static [Secret],
    /// Whether it works on the Go module in the working folder.
    pub needs_module: bool,
    pub(crate) annotates: fn(&Finding) -> bool,
    relays: bool,
    /// JSON schema of the raw input.
    pub input_schema: fn() -> Value,
    /// JSON schema of the typed output.
    pub output_schema: fn() -> Value,
    /// The defaults as a JSON object.
    pub defaults: fn() -> Result<Value, Failure>,
    /// Adds the flags.
    pub augment: fn(clap::Command) -> clap::Command,
    /// Resolves the layers; flags come from `matches`, when there are any.
    pub resolve: fn(Option<&ArgMatches>, &Environment, &ConfigFile) -> Result<Resolved, Failure>,
    /// Resolves the settings of a pipeline's step: its `with` over robot.yml over defaults. The
    /// path says where `with` stands in the pipeline's own settings.
    pub resolve_step: ResolveStep,
    execute: fn(&Resolved, &mut Context) -> Result<Outcome<Value>, Failure>,
}

impl Verb {
    /// The verb that `A` declares.
    pub fn of<A: Action>() -> Self {
        Self {
            tool: A::TOOL,
            name: A::VERB,
            about: A::ABOUT,
            secrets: A::SECRETS,
            needs_module: A::NEEDS_MODULE,
            annotates: A::annotates,
            relays: A::RELAYS,
            input_schema: schema_of::<A::Input>,
            output_schema: schema_of::<A::Output>,
            defaults: || {
                serde_json::to_value(A::defaults())
                    .map_err(|error| Failure::internal("defaults are not JSON").caused_by(&error))
            },
            augment: |command| A::Input::augment_args(command),
            resolve: |matches, environment, file| {
                let flags = match matches {
                    Some(matches) => A::Input::from_arg_matches(matches)
                        .map_err(|error| Failure::user(error.to_string()))?,
                    None => A::Input::default(),
                };
                resolve::<A>(&flags, environment, file)
            },
            resolve_step: resolve_step::<A>,
            execute: |resolved, context| {
                let input = typed::<A>(resolved)?;
                let outcome = A::execute(input, context)?;
                let output = serde_json::to_value(outcome.output)
                    .map_err(|error| Failure::internal("output is not JSON").caused_by(&error))?;
                Ok(Outcome {
                    verdict: outcome.verdict,
                    cause: outcome.cause,
                    output,
                    report: outcome.report,
                    metrics: outcome.metrics,
                })
            },
        }
    }

    /// `cache-key prepare`, or the tool alone.
    pub fn full_name(&self) -> String {
        match self.name {
            Some(verb) => format!("{} {verb}", self.tool),
            None => self.tool.to_owned(),
        }
    }

    /// Runs the verb. Always ends in a document: a failure is one too.
    pub fn run(&self, resolved: &Resolved, context: &mut Context) -> ResultDocument {
        context.provenance = resolved.provenance.clone();
        let ended = (self.execute)(resolved, context);
        let mut document = match ended {
            Ok(outcome) => ResultDocument {
                verdict: outcome.verdict,
                cause: outcome.cause,
                exit_code: ExitStatus::from(outcome.verdict).code(),
                outputs: outcome.output,
                report: outcome.report,
                metrics: outcome.metrics,
                ..self.empty_document(context)
            },
            Err(failure) => self.failed(&failure, context),
        };
        // A terminal's reader stands where the verb works.
        if !self.relays && context.environment.is_github() {
            place_in_repository(&mut document.report, &context.folder_in_repository());
        }
        if context.cancellation.is_cancelled() {
            document.exit_code = ExitStatus::Interrupted.code();
        }
        document.input_digest = digest(&resolved.values);
        document.phases = context.take_phases();
        document
    }

    /// The document of a verb that broke off.
    pub fn failed(&self, failure: &Failure, context: &Context) -> ResultDocument {
        let record = failure.record().clone();
        ResultDocument {
            verdict: Verdict::Inconclusive,
            cause: Some("broke-off".to_owned()),
            exit_code: ExitStatus::from(failure.kind()).code(),
            report: Report::new(record.message.clone()),
            failure: Some(record),
            ..self.empty_document(context)
        }
    }

    fn empty_document(&self, context: &Context) -> ResultDocument {
        ResultDocument {
            schema: REPORT_SCHEMA.to_owned(),
            tool: self.tool.to_owned(),
            verb: self.name.map(str::to_owned),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            run: context.run.clone(),
            verdict: Verdict::Inconclusive,
            cause: None,
            exit_code: ExitStatus::Internal.code(),
            failure: None,
            outputs: Value::Null,
            report: Report::default(),
            metrics: Vec::new(),
            phases: Vec::new(),
            input_digest: String::new(),
        }
    }
}

/// Places are found relative to where the verb works; who reads them, GitHub with its annotations
/// and links too, stands at the repository's root.
fn place_in_repository(report: &mut Report, folder: &Path) {
    let findings = report.blocks.iter_mut().filter_map(|block| match block {
        Block::Findings { findings, .. } => Some(findings),
        _ => None,
    });
    for location in findings.flatten().filter_map(|finding| finding.location.as_mut()) {
        if !location.path.starts_with('/') {
            location.path = folder.join(&location.path).to_string_lossy().into_owned();
        }
    }
}

fn digest(values: &Map<String, Value>) -> String {
    HEXLOWER.encode(&Sha256::digest(Value::Object(values.clone()).to_string()))
}
