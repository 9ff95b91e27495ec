//! `robot describe`: the declarations of all tools, as JSON.

use crate::sinks::Sinks;
use clap::ArgAction;
use robot_contract::{Failure, Tool, Verb};
use robot_model::{
    Description, ExitStatus, InputDescription, InputKind, LeavesDescription, Named,
    SecretDescription, TakesDescription, ToolDescription, VerbDescription,
};
use robot_settings::{properties, says_nothing, setting_name};
use serde_json::Value;

/// Prints the description.
pub(crate) fn print(tools: &[Tool]) -> Result<ExitStatus, Failure> {
    let tools = tools.iter().map(tool).collect::<Result<_, _>>()?;
    let text = serde_json::to_string_pretty(&Description { tools })
        .map_err(|error| Failure::internal("the description is not JSON").caused_by(&error))?;
    Sinks::print(&(text + "\n"))?;
    Ok(ExitStatus::Success)
}

fn tool(tool: &Tool) -> Result<ToolDescription, Failure> {
    Ok(ToolDescription {
        name: tool.name.to_owned(),
        about: tool.about.to_owned(),
        verbs: tool.verbs.iter().map(verb).collect::<Result<_, _>>()?,
    })
}

fn verb(verb: &Verb) -> Result<VerbDescription, Failure> {
    let (schema, output_schema) = (verb.settings.schema(), (verb.output_schema)());
    let defaults = verb.settings.defaults()?;
    let command = (verb.settings.augment)(clap::Command::new(verb.tool));
    let input = |(name, field): (&String, &Value)| {
        let mut arguments = command.get_arguments();
        let kind = match arguments.find(|argument| setting_name(argument).as_ref() == Some(name)) {
            None => InputKind::Structured,
            Some(argument) if matches!(argument.get_action(), ArgAction::Append) => InputKind::List,
            Some(_) => InputKind::Scalar,
        };
        let default = defaults.get(name).filter(|default| !says_nothing(default)).cloned();
        InputDescription { name: name.clone(), kind, help: help(field), default }
    };
    let output = |(name, field): (&String, &Value)| Named { name: name.clone(), help: help(field) };
    Ok(VerbDescription {
        name: verb.name.map(str::to_owned),
        about: verb.about.to_owned(),
        inputs: properties(&schema).map(input).collect(),
        secrets: verb.secrets.iter().map(secret).collect(),
        outputs: properties(&output_schema).map(output).collect(),
        causes: causes(&(verb.cause_schema)()),
        leaves: verb.leaves.iter().map(leaves).collect(),
        takes: verb.takes.iter().map(takes).collect(),
        schema,
        output_schema,
    })
}

fn help(schema: &Value) -> String {
    schema["description"].as_str().unwrap_or_default().to_owned()
}

/// Words and meanings of the causes; schemars writes a variant with a doc line as a `const`.
fn causes(schema: &Value) -> Vec<Named> {
    let variants = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    let named = |variant: &Value| {
        Some(Named { name: variant["const"].as_str()?.to_owned(), help: help(variant) })
    };
    variants.filter_map(named).collect()
}

fn secret(secret: &robot_contract::Secret) -> SecretDescription {
    SecretDescription {
        name: secret.input.to_owned(),
        variable: secret.variable.to_owned(),
        help: secret.help.to_owned(),
        default: secret.default.map(str::to_owned),
    }
}

fn leaves(leaves: &robot_contract::Leaves) -> LeavesDescription {
    LeavesDescription {
        kind: leaves.kind.name.to_owned(),
        unless_off: leaves.unless_off.map(str::to_owned),
    }
}

fn takes(takes: &robot_contract::Takes) -> TakesDescription {
    TakesDescription {
        kind: takes.kind.name.to_owned(),
        left_by: takes.kind.left_by.to_owned(),
        unless_set: takes.unless_set.map(str::to_owned),
    }
}
