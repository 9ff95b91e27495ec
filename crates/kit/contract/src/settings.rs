use crate::document::{Document, join};
use crate::schema::{nearest, properties, refuse_unknown_keys, schema_of};
use crate::{Action, ConfigFile, Environment, Failure, Origin, Provenance};
use clap::{Args, FromArgMatches};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::cell::LazyCell;

/// Merged settings of one verb, and which layer each came from.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Resolved {
    /// Kebab-case keys.
    pub values: Map<String, Value>,
    /// Winner per key.
    pub provenance: Provenance,
}

impl Resolved {
    fn lay<A: Action>(&mut self, layer: Map<String, Value>, origin: &Origin) {
        for (key, value) in layer {
            self.put::<A>(key, value, origin.clone());
        }
    }

    /// One setting over what is known of it; null is no value.
    fn put<A: Action>(&mut self, key: String, value: Value, origin: Origin) {
        let known = self.values.get_mut(&key).and_then(Value::as_object_mut);
        match (known.filter(|_| A::MERGED.contains(&key.as_str())), value) {
            (_, Value::Null) => {}
            (Some(known), Value::Object(entries)) => {
                self.provenance.set_around(&key, known.keys(), origin.clone());
                for (entry, value) in entries {
                    self.provenance.set(&join(&key, &entry), origin.clone());
                    known.insert(entry, value);
                }
            }
            (_, value) => {
                self.provenance.set(&key, origin);
                self.values.insert(key, value);
            }
        }
    }

    /// Settings that stand in a document below `at`, with their places.
    fn lay_document<A: Action>(
        &mut self,
        values: Map<String, Value>,
        document: &Document,
        at: &str,
        name: &str,
    ) {
        let origin =
            |&(line, column): &(u64, u64)| Origin::File { path: name.to_owned(), line, column };
        for (key, value) in values.into_iter().filter(|(_, value)| !value.is_null()) {
            let path = join(at, &key);
            let own = document.places.get(&path).map_or(Origin::Input, origin);
            self.put::<A>(key.clone(), value, own);
            let below = format!("{path}.");
            for (nested, place) in &document.places {
                if let Some(rest) = nested.strip_prefix(&below) {
                    self.provenance.set_nested(format!("{key}.{rest}"), origin(place));
                }
            }
        }
    }
}

/// Settings of one verb by layers: `flags` > non-empty inputs > robot.yml > defaults.
///
/// # Errors
/// A value of the wrong type or an input that cannot be parsed; says where it stands.
pub fn resolve<A: Action>(
    flags: &A::Input,
    environment: &Environment,
    file: &ConfigFile,
) -> Result<Resolved, Failure> {
    let resolved = layers::<A>(flags, environment, file)?;
    typed::<A>(&resolved)?;
    Ok(resolved)
}

/// The same, not yet looked at: another layer may follow.
fn layers<A: Action>(
    flags: &A::Input,
    environment: &Environment,
    file: &ConfigFile,
) -> Result<Resolved, Failure> {
    let mut resolved = Resolved::default();
    resolved.lay::<A>(to_map(&A::defaults())?, &Origin::Default);
    let schema = LazyCell::new(schema_of::<A::Input>);
    if let Some(section) = file.section(A::TOOL)? {
        // A section serves all verbs of its tool: take what this verb knows.
        let mine = section
            .iter()
            .filter(|(key, _)| schema["properties"].get(key.as_str()).is_some())
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        resolved.lay_document::<A>(mine, file.document(), A::TOOL, file.name());
    }
    if environment.is_github() {
        lay_inputs::<A>(&mut resolved, environment, &schema)?;
    }
    resolved.lay::<A>(to_map(flags)?, &Origin::Flag);
    Ok(resolved)
}

/// Settings of one step of a pipeline: `with` > robot.yml > defaults. Inputs and flags belong to
/// the pipeline, not to its steps.
pub(crate) fn resolve_step<A: Action>(
    with: &Map<String, Value>,
    path: &str,
    provenance: &Provenance,
    file: &ConfigFile,
) -> Result<Resolved, Failure> {
    let schema = schema_of::<A::Input>();
    let mut resolved = layers::<A>(&A::Input::default(), &Environment::default(), file)?;
    for (key, value) in with {
        let place = join(path, key);
        if schema["properties"].get(key.as_str()).is_none() {
            let known = properties(&schema).map(|(name, _)| name.as_str());
            let failure = Failure::config(format!(
                "{}: `{}` has no such setting",
                provenance.place(&place),
                A::TOOL
            ));
            return Err(match nearest(key, known) {
                Some(near) => failure.hint(format!("did you mean `{near}`?")),
                None => failure,
            });
        }
        resolved.put::<A>(key.clone(), value.clone(), provenance.origin(&place).clone());
        for (rest, origin) in provenance.below(&place) {
            resolved.provenance.set_nested(join(key, rest), origin.clone());
        }
    }
    typed::<A>(&resolved)?;
    Ok(resolved)
}

/// The raw input that `resolved` stands for.
///
/// # Errors
/// A value of the wrong type; says where it stands.
pub fn typed<A: Action>(resolved: &Resolved) -> Result<A::Input, Failure> {
    let input: A::Input = serde_path_to_error::deserialize(Value::Object(resolved.values.clone()))
        .map_err(|error| {
            let path = error.path().to_string();
            let place = resolved.provenance.place(&path);
            let mistake = error.into_inner().to_string();
            let failure = Failure::config(format!("{place}: {mistake}"));
            if mistake.contains("expected a string") || mistake.contains("expected string") {
                failure.hint("write the value in quotes")
            } else {
                failure
            }
        })?;
    A::validate(&input, &resolved.provenance)?;
    Ok(input)
}

/// The environment variable that a wrapper maps an input to: `INPUT_WORKING_DIRECTORY`.
pub fn input_variable(name: &str) -> String {
    format!("INPUT_{}", name.to_uppercase().replace('-', "_"))
}

fn lay_inputs<A: Action>(
    resolved: &mut Resolved,
    environment: &Environment,
    schema: &Value,
) -> Result<(), Failure> {
    let command = A::Input::augment_args(clap::Command::new(A::TOOL).no_binary_name(true));
    for (name, schema_of_field) in properties(schema) {
        let Some(value) = environment.get(&input_variable(name)) else { continue };
        if value.trim().is_empty() {
            continue;
        }
        let argument = command.get_arguments().find(|argument| argument.get_long() == Some(name));
        match argument {
            None => {
                let at = format!("input `{name}`");
                let document = Document::parse_value(name, value, &at)?;
                let values = document.values.get(name).cloned().unwrap_or_default();
                refuse_unknown_keys(schema, schema_of_field, &values, name, &document, &at)?;
                resolved.lay_document::<A>(document.values.clone(), &document, "", &at);
            }
            Some(argument) => {
                let several = matches!(argument.get_action(), clap::ArgAction::Append);
                let parts: Vec<&str> = if several {
                    value.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
                } else {
                    vec![value.trim()]
                };
                let line = parts.iter().map(|part| format!("--{name}={part}"));
                let input = command
                    .clone()
                    .try_get_matches_from(line)
                    .and_then(|matches| A::Input::from_arg_matches(&matches))
                    .map_err(|error| {
                        let reason = first_line(&error.to_string());
                        Failure::user(format!("input `{name}`: {reason}"))
                    })?;
                resolved.lay::<A>(to_map(&input)?, &Origin::Input);
            }
        }
    }
    Ok(())
}

fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

fn to_map<T: Serialize>(input: &T) -> Result<Map<String, Value>, Failure> {
    match serde_json::to_value(input) {
        Ok(Value::Object(mut map)) => {
            map.retain(|_, value| !value.is_null());
            Ok(map)
        }
        Ok(_) => Err(Failure::internal("the input of a verb is not a struct")),
        Err(error) => Err(Failure::internal("settings cannot be written").caused_by(&error)),
    }
}
