//! The declaration of a verb's settings, including those that the kit adds.

use crate::kept::Repeats;
use crate::mode::Gate;
use crate::{Action, Failure};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use robot_settings::{Declaration, schema_of};
use serde::Serialize;
use serde_json::{Map, Value};

/// The declaration of the settings of `A`, without their type.
pub(crate) const fn declaration<A: Action>() -> Declaration {
    Declaration {
        tool: A::TOOL,
        merged: A::MERGED,
        augment: augment::<A>,
        type_schema: type_schema::<A>,
        values: values::<A>,
    }
}

fn augment<A: Action>(command: Command) -> Command {
    let command = A::Input::augment_args(command);
    let command = if A::GATE { Gate::augment_args(command) } else { command };
    let command = if A::KEEPS { Repeats::augment_args(command) } else { command };
    // clap would use the doc lines of the structs as the command's description.
    command.mut_args(with_value).about(A::ABOUT).long_about(None)
}

/// Boolean flags accept a value, so that `--race=false` overrides `race: true` in robot.yml.
fn with_value(argument: Arg) -> Arg {
    match argument.get_action() {
        ArgAction::SetTrue => {
            let is_on = argument.get_default_values().first().is_some_and(|value| value == "true");
            argument
                .action(ArgAction::Set)
                .num_args(0..=1)
                .value_name("BOOL")
                .default_missing_value("true")
                .default_value(if is_on { "true" } else { "false" })
        }
        _ => argument,
    }
}

fn type_schema<A: Action>() -> Value {
    let mut schema = schema_of::<A::Input>();
    let gate = A::GATE.then(schema_of::<Gate>);
    for mut added in gate.into_iter().chain(A::KEEPS.then(schema_of::<Repeats>)) {
        for part in ["properties", "$defs"] {
            let more = added[part].as_object_mut().map(std::mem::take).unwrap_or_default();
            if schema[part].is_null() {
                schema[part] = Value::Object(Map::new());
            }
            schema[part].as_object_mut().into_iter().for_each(|known| known.extend(more.clone()));
        }
    }
    schema
}

fn values<A: Action>(matches: &ArgMatches) -> Result<Map<String, Value>, Failure> {
    let wrong = |error: clap::Error| Failure::user(error.to_string());
    let mut values = object(&A::Input::from_arg_matches(matches).map_err(wrong)?)?;
    if A::GATE {
        values.extend(object(&Gate::from_arg_matches(matches).map_err(wrong)?)?);
    }
    if A::KEEPS {
        values.extend(object(&Repeats::from_arg_matches(matches).map_err(wrong)?)?);
    }
    Ok(values)
}

fn object(settings: &impl Serialize) -> Result<Map<String, Value>, Failure> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(Failure::internal("the input of a verb is not a struct")),
        Err(error) => Err(Failure::internal("settings cannot be written").caused_by(&error)),
    }
}
