//! `robot describe`: all that follows from the declarations, as JSON.

use crate::sinks::Sinks;
use clap::ArgAction;
use robot_contract::{Failure, Leaves, Secret, Takes, Tool};
use robot_model::ExitStatus;
use robot_settings::{properties, says_nothing};
use serde_json::{Map, Value, json};

/// Every tool as JSON: what `cargo xtask gen` writes action.yml, docs tables and schema from.
pub(crate) fn describe(tools: &[Tool]) -> Result<String, Failure> {
    let described: Result<Vec<Value>, Failure> = tools.iter().map(describe_tool).collect();
    serde_json::to_string_pretty(&json!({ "tools": described? }))
        .map(|text| text + "\n")
        .map_err(|error| Failure::internal("the description is not JSON").caused_by(&error))
}

fn describe_tool(tool: &Tool) -> Result<Value, Failure> {
    let verbs: Result<Vec<Value>, Failure> = tool
        .verbs
        .iter()
        .map(|verb| {
            let schema = verb.settings.schema();
            let defaults = verb.settings.defaults()?;
            let command = (verb.settings.augment)(clap::Command::new(verb.tool));
            let inputs: Vec<Value> = properties(&schema)
                .map(|(name, field)| {
                    let argument =
                        command.get_arguments().find(|argument| argument.get_long() == Some(name));
                    let kind = match argument {
                        None => "structured",
                        Some(argument) if matches!(argument.get_action(), ArgAction::Append) => {
                            "list"
                        }
                        Some(_) => "scalar",
                    };
                    json!({
                        "name": name,
                        "kind": kind,
                        "help": field.get("description").cloned().unwrap_or_default(),
                        "default": defaults.get(name).filter(|it| !says_nothing(it)),
                    })
                })
                .collect();
            let output = (verb.output_schema)();
            let outputs: Vec<Value> = properties(&output)
                .map(|(name, field)| json!({ "name": name, "help": field.get("description") }))
                .collect();
            Ok(json!({
                "verb": verb.name,
                "about": verb.about,
                "inputs": inputs,
                "secrets": verb.secrets.iter().map(secret).collect::<Vec<_>>(),
                "outputs": outputs,
                "output-schema": output,
                "leaves": verb.leaves.iter().map(leaves).collect::<Vec<_>>(),
                "takes": verb.takes.iter().map(takes).collect::<Vec<_>>(),
                "causes": causes(&(verb.cause_schema)()),
                "schema": schema,
            }))
        })
        .collect();
    let mut described = Map::new();
    described.insert("tool".to_owned(), tool.name.into());
    described.insert("about".to_owned(), tool.about.into());
    described.insert("verbs".to_owned(), verbs?.into());
    Ok(Value::Object(described))
}

/// Words and meanings of the finer reasons; schemars writes a variant with a doc line as a `const`.
fn causes(schema: &Value) -> Vec<Value> {
    let variants = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    variants
        .map(|variant| json!({ "name": variant["const"], "help": variant["description"] }))
        .collect()
}

fn leaves(leaves: &Leaves) -> Value {
    json!({ "kind": leaves.kind.name, "unless-off": leaves.unless_off })
}

fn takes(takes: &Takes) -> Value {
    let Takes { kind, unless_set } = takes;
    json!({ "kind": kind.name, "left-by": kind.left_by, "unless-set": unless_set })
}

fn secret(secret: &Secret) -> Value {
    let Secret { input, variable, help, default } = secret;
    json!({ "name": input, "variable": variable, "help": help, "default": default })
}

/// Prints the description.
pub(crate) fn print(tools: &[Tool]) -> Result<ExitStatus, Failure> {
    Sinks::print(&describe(tools)?)?;
    Ok(ExitStatus::Success)
}
