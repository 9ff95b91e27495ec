//! Type-erased tools and verbs, so that a bundle can contain many.

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
use std::path::PathBuf;
use std::process::ExitCode;

/// The cause of any verb that failed before it could decide.
pub(crate) const BROKE_OFF: &str = "broke-off";

/// A tool: its name, description and verbs.
pub struct Tool {
    /// `cache-key`.
    pub name: &'static str,
    /// One line.
    pub about: &'static str,
    /// One to four; one without a name comes first.
    pub verbs: Vec<Verb>,
    /// Hidden helpers that its own children start.
    pub helpers: &'static [Helper],
    /// If it runs a pipeline of other verbs: which of its steps have work.
    pub has_work: Option<HasWork>,
}

/// The steps of a pipeline that have work, each with the reason, before caches are restored to these folders. The settings
/// are those that the pipeline would get in the same job.
pub type HasWork = fn(&[PathBuf], &mut Context) -> Result<Vec<(String, String)>, Failure>;

impl Tool {
    /// A tool whose only verb is `A`.
    pub fn of<A: Action>() -> Self {
        let verbs = vec![Verb::of::<A>()];
        Self { name: A::TOOL, about: A::ABOUT, verbs, helpers: &[], has_work: None }
    }
}

/// A part of a tool that a child of the tool starts as a separate program: `<binary> <name> <arguments>`.
/// Unlike a verb, it has neither settings nor a result.
pub struct Helper {
    /// First argument.
    pub name: &'static str,
    /// Runs it with the arguments after its name.
    pub run: fn(&[OsString]) -> ExitCode,
}

impl Helper {
    /// Runs the helper that the command line names, if any. Call it before anything else.
    pub fn run_named(tools: &[Tool], arguments: &[OsString]) -> Option<ExitCode> {
        let (name, rest) = arguments.get(1..)?.split_first()?;
        let mut helpers = tools.iter().flat_map(|tool| tool.helpers);
        helpers.find(|helper| name == helper.name).map(|helper| (helper.run)(rest))
    }
}

/// `(with, its path in the pipeline's settings, provenance of those, robot.yml)`.
pub type ResolveStep =
    fn(&Map<String, Value>, &str, &Provenance, &ConfigFile) -> Result<Resolved, Failure>;

/// One type-erased verb, so that a bundle can contain many.
#[derive(Debug, Clone, Copy)]
pub struct Verb {
    /// The tool it belongs to.
    pub tool: &'static str,
    /// Its name, where the tool has several.
    pub name: Option<&'static str>,
    /// One line.
    pub about: &'static str,
    /// Whether it repeats kept verdicts, and has the setting `fresh`.
    pub keeps: bool,
    /// Secrets that it reads from the environment.
    pub secrets: &'static [Secret],
    /// Requirements that must be met before it starts.
    pub requires: &'static [Requirement],
    /// The evidence that it writes for later steps.
    pub leaves: &'static [Leaves],
    /// The evidence that it reads from earlier steps.
    pub takes: &'static [Takes],
    /// Whether a finding becomes an annotation.
    pub annotates: fn(&Finding) -> bool,
    /// The declaration of its settings.
    pub settings: Declaration,
    /// JSON schema of the typed output.
    pub output_schema: fn() -> Value,
    /// JSON schema of the cause.
    pub cause_schema: fn() -> Value,
    /// Resolves the layers of settings; flags come from `matches`, if there are any.
    pub resolve: fn(Option<&ArgMatches>, &Environment, &ConfigFile) -> Result<Resolved, Failure>,
    /// Resolves the settings of a pipeline's step: its `with` overrides robot.yml, which overrides defaults. The
    /// path is the location of `with` in the pipeline's own settings.
    pub resolve_step: ResolveStep,
    execute: fn(Assignment, &mut Context) -> Result<Decided, Failure>,
    is_idle: fn(Assignment, &mut Context) -> Result<(), String>,
}

/// The type-erased outcome of a verb, with its mode applied.
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

fn is_idle<A: Action>(assignment: Assignment, context: &mut Context) -> Result<(), String> {
    let settings = assignment.settings::<A>();
    A::is_idle(settings.map_err(|failure| failure.record().message.clone())?, context)
}

impl Verb {
    /// The verb that `A` declares.
    pub const fn of<A: Action>() -> Self {
        Self {
            tool: A::TOOL,
            name: A::VERB,
            about: A::ABOUT,
            keeps: A::KEEPS,
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
            is_idle: is_idle::<A>,
        }
    }

    /// `cache-key prepare`, or the tool alone.
    pub fn full_name(&self) -> String {
        match self.name {
            Some(verb) => format!("{} {verb}", self.tool),
            None => self.tool.to_owned(),
        }
    }

    /// Whether a step of a pipeline has no work, while another verb runs, before caches are restored to these folders:
    /// [`Action::is_idle`].
    ///
    /// # Errors
    /// Why it has work.
    pub fn is_idle(
        &self,
        assignment: &Assignment,
        unrestored: &[PathBuf],
        context: &mut Context,
    ) -> Result<(), String> {
        let verb = std::mem::replace(&mut context.verb, self.full_name());
        let fresh = std::mem::replace(&mut context.fresh, assignment.fresh);
        context.unrestored = unrestored.to_vec();
        let environment = context.environment.clone();
        let idle = (self.is_idle)(assignment.clone(), context);
        (context.verb, context.fresh, context.environment) = (verb, fresh, environment);
        context.unrestored.clear();
        idle
    }

    /// Runs the verb. It always returns a document, also for a failure.
    pub fn run(&self, assignment: Assignment, context: &mut Context) -> ResultDocument {
        context.inputs.clone_from(&assignment.digest);
        context.verb = self.full_name();
        context.fresh = assignment.fresh;
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

    /// The document of a verb that failed before it could decide.
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
