//! Tools and their verbs with their types forgotten, so that a bundle can hold many.

use crate::declare::declaration;
use crate::fingerprint;
use crate::resolve::{self, Assignment, Resolved};
use crate::{
    Action, ConfigFile, Context, Environment, Failure, Leaves, Outcome, Provenance, Requirement,
    ResultExt, Secret, Takes,
};
use clap::ArgMatches;
use robot_model::{ExitStatus, Finding, Metric, REPORT_SCHEMA, Report, ResultDocument, Verdict};
use robot_settings::{Declaration, schema_of};
use serde_json::{Map, Value};
use std::ffi::OsString;
use std::process::ExitCode;

/// The cause of a verb that broke off before it could decide, whichever it is.
pub(crate) const BROKE_OFF: &str = "broke-off";

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

impl Tool {
    /// The tool whose one verb is `A`.
    pub fn of<A: Action>() -> Self {
        Self { name: A::TOOL, about: A::ABOUT, verbs: vec![Verb::of::<A>()], helpers: &[] }
    }
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
    pub fn run_named(tools: &[Tool], arguments: &[OsString]) -> Option<ExitCode> {
        let (name, rest) = arguments.get(1..)?.split_first()?;
        let mut helpers = tools.iter().flat_map(|tool| tool.helpers);
        helpers.find(|helper| name == helper.name).map(|helper| (helper.run)(rest))
    }
}

/// `(with, its path in the pipeline's settings, provenance of those, robot.yml)`.
pub type ResolveStep =
    fn(&Map<String, Value>, &str, &Provenance, &ConfigFile) -> Result<Resolved, Failure>;

/// One verb with its types forgotten, so that a bundle can hold many.
#[derive(Debug, Clone, Copy)]
pub struct Verb {
    /// The tool it belongs to.
    pub tool: &'static str,
    /// Its name, where the tool has several.
    pub name: Option<&'static str>,
    /// Whether an action runs it where no verb is named.
    pub is_default: bool,
    /// One line.
    pub about: &'static str,
    /// What it takes from the environment alone.
    pub secrets: &'static [Secret],
    /// What must be there before it starts.
    pub requires: &'static [Requirement],
    /// The evidence that it leaves for later steps.
    pub leaves: &'static [Leaves],
    /// The evidence that it takes of earlier ones.
    pub takes: &'static [Takes],
    /// Whether a finding becomes an annotation.
    pub annotates: fn(&Finding) -> bool,
    /// What its settings are.
    pub settings: Declaration,
    /// JSON schema of the typed output.
    pub output_schema: fn() -> Value,
    /// JSON schema of the cause.
    pub cause_schema: fn() -> Value,
    /// Resolves the layers; flags come from `matches`, when there are any.
    pub resolve: fn(Option<&ArgMatches>, &Environment, &ConfigFile) -> Result<Resolved, Failure>,
    /// Resolves the settings of a pipeline's step: its `with` over robot.yml over defaults. The
    /// path says where `with` stands in the pipeline's own settings.
    pub resolve_step: ResolveStep,
    execute: fn(Assignment, &mut Context) -> Result<Decided, Failure>,
}

/// What a verb decided, in its mode and with its types forgotten.
struct Decided {
    verdict: Verdict,
    cause: Option<String>,
    output: Value,
    report: Report,
    metrics: Vec<Metric>,
    failure: Option<Failure>,
}

fn execute<A: Action>(assignment: Assignment, context: &mut Context) -> Result<Decided, Failure> {
    let results = context.output_directory()?;
    for Leaves { kind, .. } in A::LEAVES {
        kind.forget(&results).or_external(|| {
            format!("the evidence `{}` of an earlier run cannot be removed", kind.name)
        })?;
    }
    Requirement::check_all(A::REQUIRES, context)?;
    let mode = assignment.mode;
    let outcome = A::execute(assignment.settings::<A>()?, context)?;
    let (verdict, cause) = outcome.verdict(mode);
    let Outcome { output, report, metrics, failure, .. } = outcome;
    let output = serde_json::to_value(output)
        .map_err(|error| Failure::internal("output is not JSON").caused_by(&error))?;
    Ok(Decided { verdict, cause, output, report, metrics, failure })
}

impl Verb {
    /// The verb that `A` declares.
    pub const fn of<A: Action>() -> Self {
        Self {
            tool: A::TOOL,
            name: A::VERB,
            is_default: A::IS_DEFAULT,
            about: A::ABOUT,
            secrets: A::SECRETS,
            requires: A::REQUIRES,
            leaves: A::LEAVES,
            takes: A::TAKES,
            annotates: A::annotates,
            settings: declaration::<A>(),
            output_schema: schema_of::<A::Output>,
            cause_schema: schema_of::<A::Cause>,
            resolve: resolve::resolve::<A>,
            resolve_step: resolve::resolve_step::<A>,
            execute: execute::<A>,
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
    pub fn run(&self, assignment: Assignment, context: &mut Context) -> ResultDocument {
        context.inputs.clone_from(&assignment.digest);
        let ended = (self.execute)(assignment, context);
        let mut document = match ended {
            Ok(decided) => ResultDocument {
                verdict: decided.verdict,
                cause: decided.cause,
                exit_code: match &decided.failure {
                    Some(failure) => ExitStatus::from(failure.kind()).code(),
                    None => ExitStatus::from(decided.verdict).code(),
                },
                failure: decided.failure.map(|failure| failure.record().clone()),
                outputs: decided.output,
                report: decided.report,
                metrics: decided.metrics,
                ..self.empty_document(context)
            },
            Err(failure) => self.failed(&failure, context),
        };
        fingerprint::add(self.tool, &mut document.report);
        if context.cancellation.is_cancelled() {
            document.exit_code = ExitStatus::Interrupted.code();
        }
        document.input_digest.clone_from(&context.inputs);
        document.phases = context.take_phases();
        document
    }

    /// The document of a verb that broke off.
    pub fn failed(&self, failure: &Failure, context: &Context) -> ResultDocument {
        let record = failure.record().clone();
        ResultDocument {
            verdict: Verdict::Inconclusive,
            cause: Some(BROKE_OFF.to_owned()),
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
            run: context.run.identity.clone(),
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
