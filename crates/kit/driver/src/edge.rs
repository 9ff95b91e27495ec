//! The entry point of every binary: command line in, exit code out.

use crate::common::{check_file, common_settings};
use crate::defect::Witness;
use crate::sinks::Sinks;
use crate::step::StepRequest;
use crate::{describe, signals};
use clap::{Arg, ArgAction, ArgMatches, Command};
use robot_contract::{ConfigFile, Context, Environment, Failure, Helper, Resolved, Tool, Verb};
use robot_model::ExitStatus;
use robot_process::Cancellation;
use std::path::PathBuf;
use std::process::ExitCode;

/// Runs the binary of a single tool: `robot-cache-key compute …`.
pub fn run_tool(tool: &Tool) -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    if let Some(code) = run_hidden(std::slice::from_ref(tool), &arguments) {
        return code;
    }
    let command = tool_command(tool).bin_name(format!("robot-{}", tool.name));
    let command = command.version(env!("CARGO_PKG_VERSION"));
    let environment = Environment::of_process();
    match parse(command, arguments) {
        Ok(matches) => run_matches(std::slice::from_ref(tool), tool, &matches, environment),
        Err(code) => code,
    }
}

/// Runs the bundle: `robot <tool> [verb] …`, plus the hidden `describe` and `step`.
pub fn run_bundle(about: &'static str, tools: &[Tool]) -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    if let Some(code) = run_hidden(tools, &arguments) {
        return code;
    }
    let mut command = Command::new("robot")
        .about(about)
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(Command::new("describe").hide(true))
        .subcommand(Command::new("step").hide(true))
        .subcommand(
            common(Command::new("explain"))
                .about("Print every tool's resolved settings and where each value came from"),
        );
    // Other tools are only listed: building the flags of all tools would dominate the start time.
    let is_named = |name: &str| arguments.iter().any(|argument| argument == name);
    for tool in tools {
        let is_wanted = is_named(tool.name) || is_named("help");
        let stub = || Command::new(tool.name).about(tool.about);
        command = command.subcommand(if is_wanted { tool_command(tool) } else { stub() });
    }
    let environment = Environment::of_process();
    let matches = match parse(command, arguments) {
        Ok(matches) => matches,
        Err(code) => return code,
    };
    match matches.subcommand() {
        Some(("describe", _)) => finish(describe::print(tools)),
        Some(("step", _)) => finish(run_step(tools, environment)),
        Some(("explain", matches)) => {
            finish(crate::explain::explain(tools, matches, &environment).and_then(|text| {
                Sinks::print(&text)?;
                Ok(ExitStatus::Success)
            }))
        }
        Some((name, matches)) => match tools.iter().find(|tool| tool.name == name) {
            Some(tool) => run_matches(tools, tool, matches, environment),
            None => finish(Err(Failure::internal(format!("no tool `{name}`")))),
        },
        None => finish(Err(Failure::internal("no subcommand"))),
    }
}

/// Runs the hidden parts of this program that our children start: the sealing process and helpers of tools.
/// It runs before anything else.
fn run_hidden(tools: &[Tool], arguments: &[std::ffi::OsString]) -> Option<ExitCode> {
    let (name, rest) = arguments.get(1..)?.split_first()?;
    if name == robot_seal::VERB {
        return Some(robot_seal::run(rest));
    }
    Helper::run_named(tools, arguments)
}

/// Options that every verb has in addition to its own.
pub(crate) fn common(command: Command) -> Command {
    command
        .arg(Arg::new("config").long("config").value_name("FILE").help(
            "Settings file [default: .github/robot.yml or robot.yml, in the working folder or at the repository's root]",
        ))
        .arg(
            Arg::new("working-directory")
                .long("working-directory")
                .value_name("DIR")
                .help("Work in this folder; paths in settings are relative to it"),
        )
}

fn tool_command(tool: &Tool) -> Command {
    let command = Command::new(tool.name).about(tool.about);
    match tool.verbs.as_slice() {
        // The tool without a verb is a verb of its own.
        [own, verbs @ ..] if own.name.is_none() => {
            let command = (own.settings.augment)(common(command));
            with_verbs(command.args_conflicts_with_subcommands(!verbs.is_empty()), verbs)
        }
        verbs => with_verbs(command.subcommand_required(true).arg_required_else_help(true), verbs),
    }
    .disable_help_subcommand(true)
    .arg(
        Arg::new("help")
            .short('h')
            .long("help")
            .action(ArgAction::Help)
            .help("Print help")
            .global(true),
    )
    .disable_help_flag(true)
}

fn with_verbs(command: Command, verbs: &[Verb]) -> Command {
    verbs.iter().fold(command, |command, verb| {
        let name = verb.name.unwrap_or(verb.tool);
        let verb_command = common(Command::new(name).about(verb.about));
        command.subcommand((verb.settings.augment)(verb_command))
    })
}

fn parse(command: Command, arguments: Vec<std::ffi::OsString>) -> Result<ArgMatches, ExitCode> {
    command.try_get_matches_from(arguments).map_err(|error| {
        // clap's messages already name the mistake and the nearest known flag.
        let _ = error.print();
        let code = if error.use_stderr() { ExitStatus::Usage } else { ExitStatus::Success };
        ExitCode::from(code.code())
    })
}

fn run_matches(
    tools: &[Tool],
    tool: &Tool,
    matches: &ArgMatches,
    environment: Environment,
) -> ExitCode {
    let (verb, matches) = match matches.subcommand() {
        Some((name, matches)) => (tool.verbs.iter().find(|verb| verb.name == Some(name)), matches),
        None => (tool.verbs.first(), matches),
    };
    let Some(verb) = verb else {
        return finish(Err(Failure::internal("no such verb")));
    };
    contain_children(&environment);
    let cancellation = Cancellation::default();
    if let Err(failure) = signals::watch(&cancellation) {
        return finish(Err(failure));
    }
    let (directory, file, resolved) = match common_settings(matches, &environment) {
        Ok((directory, file)) => {
            let resolved = check_file(tools, tool, &file)
                .and_then(|()| (verb.resolve)(Some(matches), &environment, &file));
            (directory, file, resolved)
        }
        Err(failure) => (PathBuf::new(), ConfigFile::default(), Err(failure)),
    };
    Witness {
        verb: *verb,
        environment: environment.clone(),
        directory: directory.clone(),
        result: None,
    }
    .install();
    let mut context = Context::new(environment, directory, cancellation);
    context.file = file;
    context.has_work = tools.iter().find_map(|tool| tool.has_work);
    let begun = Sinks::of(&context).begin(verb);
    finish(begun.and_then(|()| run_verb(verb, resolved, &mut context)))
}

/// Ensures that descendants neither read our secrets nor outlive this process.
fn contain_children(environment: &Environment) {
    robot_process::hide_from_others();
    robot_process::adopt_orphans();
    robot_seal::allow(environment.get("RUNNER_ENVIRONMENT") == Some("github-hosted"));
}

fn run_verb(
    verb: &Verb,
    resolved: Result<Resolved, Failure>,
    context: &mut Context,
) -> Result<ExitStatus, Failure> {
    let document = match resolved {
        Ok(resolved) => {
            context.provenance = resolved.provenance;
            verb.run(resolved.assignment, context)
        }
        Err(failure) => verb.failed(&failure, context),
    };
    // Before the result is written, so that processes that code under test left cannot change it.
    robot_process::kill_orphans();
    let published = Sinks::of(context).publish(verb, &document);
    context.stop_left_running();
    published?;
    Ok(ExitStatus::from_code(i32::from(document.exit_code)).unwrap_or(ExitStatus::Internal))
}

/// `robot step`: runs one step of a pipeline, with settings on standard input and the result in a file.
fn run_step(tools: &[Tool], environment: Environment) -> Result<ExitStatus, Failure> {
    contain_children(&environment);
    let request = StepRequest::read(std::io::stdin().lock())?;
    let verb = tools
        .iter()
        .flat_map(|tool| &tool.verbs)
        .find(|verb| verb.tool == request.tool && verb.name == request.verb.as_deref())
        .ok_or_else(|| Failure::internal(format!("no verb {}", request.tool)))?;
    Witness {
        verb: *verb,
        environment: environment.clone(),
        directory: request.directory.clone(),
        result: Some(request.result.clone()),
    }
    .install();
    let cancellation = Cancellation::default();
    signals::watch(&cancellation)?;
    // If the pipeline is killed, the kernel asks this step to end, and it stops what it started.
    if !robot_process::end_with_parent(request.parent) {
        cancellation.cancel();
    }
    let notices = StepRequest::notices(&request.result);
    let context = Context::new(environment, request.directory, cancellation);
    let mut context = context.announcing_to(notices);
    let document = verb.run(request.assignment, &mut context);
    robot_process::kill_orphans();
    let written = Sinks::write_result(&request.result, &document);
    context.stop_left_running();
    Sinks::print(&robot_render::text(&document.report, document.verdict))?;
    if let Some(record) = document.failure {
        Sinks::print(&Failure::from(record).to_string())?;
    }
    written?;
    Ok(ExitStatus::from_code(i32::from(document.exit_code)).unwrap_or(ExitStatus::Internal))
}

fn finish(ended: Result<ExitStatus, Failure>) -> ExitCode {
    let status = ended.unwrap_or_else(|failure| {
        Sinks::complain(&failure);
        ExitStatus::from(failure.kind())
    });
    ExitCode::from(status.code())
}
