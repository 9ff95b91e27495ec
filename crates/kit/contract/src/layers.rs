//! Layers of settings, each laid over those below it: who wins, and where it stands.

use crate::document::{Document, join};
use crate::mode::Gate;
use crate::schema::{nearest, properties, refuse_unknown_keys, schema_of};
use crate::{Action, ConfigFile, Environment, Failure, Origin, Provenance};
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use serde::Serialize;
use serde_json::{Map, Value};
use std::marker::PhantomData;

/// Layers of one verb's settings.
pub(crate) struct Layers<A> {
    /// The winner of each key.
    pub(crate) values: Map<String, Value>,
    /// Where it came from.
    pub(crate) provenance: Provenance,
    verb: PhantomData<A>,
}

/// The flags of a verb, that of every gate included.
pub(crate) fn augment<A: Action>(command: Command) -> Command {
    let command = A::Input::augment_args(command);
    let command = if A::GATE { Gate::augment_args(command) } else { command };
    // clap takes the doc lines of the structs for the command's.
    command.about(A::ABOUT).long_about(None)
}

/// The JSON schema of a verb's settings, that of every gate included. Each has its default; none is
/// required, as all may stand in another layer.
pub(crate) fn schema<A: Action>() -> Value {
    let mut schema = schema_of::<A::Input>();
    if A::GATE {
        let mut gate = schema_of::<Gate>();
        for part in ["properties", "$defs"] {
            let more = gate[part].as_object_mut().map(std::mem::take).unwrap_or_default();
            if let Value::Null = schema[part] {
                schema[part] = Value::Object(Map::new());
            }
            schema[part].as_object_mut().into_iter().for_each(|known| known.extend(more.clone()));
        }
    }
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("required");
    }
    let defaults = defaults::<A>().unwrap_or_default();
    for (name, field) in schema["properties"].as_object_mut().into_iter().flatten() {
        match (field.as_object_mut(), defaults.get(name).filter(|value| !is_empty(value))) {
            (Some(field), Some(default)) => {
                field.insert("default".to_owned(), default.clone());
            }
            (Some(field), None) => {
                field.remove("default");
            }
            (None, _) => {}
        }
    }
    schema
}

/// What the declaration itself says: the values of an empty command line.
pub(crate) fn defaults<A: Action>() -> Result<Map<String, Value>, Failure> {
    let matches = flags::<A>().try_get_matches_from([""; 0]).map_err(|error| {
        Failure::internal(format!("a setting of {} has no default", A::TOOL)).caused_by(&error)
    })?;
    to_map::<A>(&matches)
}

/// A command of the verb's flags alone.
fn flags<A: Action>() -> Command {
    augment::<A>(Command::new(A::TOOL).no_binary_name(true))
}

/// All settings that `matches` stands for, defaults included.
fn to_map<A: Action>(matches: &ArgMatches) -> Result<Map<String, Value>, Failure> {
    let wrong = |error: clap::Error| Failure::user(first_line(&error.to_string()));
    let mut map = object(&A::Input::from_arg_matches(matches).map_err(wrong)?)?;
    if A::GATE {
        map.extend(object(&Gate::from_arg_matches(matches).map_err(wrong)?)?);
    }
    Ok(map)
}

fn object(settings: &impl Serialize) -> Result<Map<String, Value>, Failure> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(Failure::internal("the input of a verb is not a struct")),
        Err(error) => Err(Failure::internal("settings cannot be written").caused_by(&error)),
    }
}

/// Whether a default says nothing.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        _ => false,
    }
}

impl<A: Action> Layers<A> {
    /// The lowest layer.
    pub(crate) fn defaults() -> Result<Self, Failure> {
        let (values, provenance) = (Map::new(), Provenance::default());
        let mut layers = Self { values, provenance, verb: PhantomData };
        for (key, value) in defaults::<A>()? {
            layers.put(key, value, Origin::Default);
        }
        Ok(layers)
    }

    /// The tool's section of robot.yml. It serves all verbs: this one takes what it knows.
    pub(crate) fn lay_file(&mut self, file: &ConfigFile) -> Result<(), Failure> {
        let Some(section) = file.section(A::TOOL)? else { return Ok(()) };
        let schema = schema::<A>();
        let known = |key: &str| schema["properties"].get(key).is_some();
        let mine = section.iter().filter(|(key, _)| known(key));
        let mine = mine.map(|(key, value)| (key.clone(), value.clone())).collect();
        self.lay_document(mine, file.document(), A::TOOL, file.name());
        Ok(())
    }

    /// Inputs of the action that are not empty.
    pub(crate) fn lay_inputs(&mut self, environment: &Environment) -> Result<(), Failure> {
        let schema = schema::<A>();
        let command = flags::<A>();
        for (name, schema_of_field) in properties(&schema) {
            let Some(value) = environment.get(&input_variable(name)) else { continue };
            if value.trim().is_empty() {
                continue;
            }
            let argument =
                command.get_arguments().find(|argument| argument.get_long() == Some(name));
            let Some(argument) = argument else {
                let at = format!("input `{name}`");
                let document = Document::parse_value(name, value, &at)?;
                let values = document.values.get(name).cloned().unwrap_or_default();
                refuse_unknown_keys(&schema, schema_of_field, &values, name, &document, &at)?;
                self.lay_document(document.values.clone(), &document, "", &at);
                continue;
            };
            let several = matches!(argument.get_action(), clap::ArgAction::Append);
            let parts: Vec<&str> = if several {
                value.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
            } else {
                vec![value.trim()]
            };
            let line = parts.iter().map(|part| format!("--{name}={part}"));
            let matches = command.clone().try_get_matches_from(line).map_err(|error| {
                Failure::user(format!("input `{name}`: {}", first_line(&error.to_string())))
            })?;
            let mut input = to_map::<A>(&matches)?;
            self.put(name.clone(), input.remove(name).unwrap_or_default(), Origin::Input);
        }
        Ok(())
    }

    /// Flags that stand on the command line.
    pub(crate) fn lay_flags(&mut self, matches: &ArgMatches) -> Result<(), Failure> {
        let mut values = to_map::<A>(matches)?;
        for argument in flags::<A>().get_arguments() {
            let is_given =
                matches.value_source(argument.get_id().as_str()) == Some(ValueSource::CommandLine);
            if let Some(name) = argument.get_long().filter(|_| is_given) {
                self.put(name.to_owned(), values.remove(name).unwrap_or_default(), Origin::Flag);
            }
        }
        Ok(())
    }

    /// What a step of a pipeline says; `path` is its place in the pipeline's own settings.
    pub(crate) fn lay_with(
        &mut self,
        with: &Map<String, Value>,
        path: &str,
        provenance: &Provenance,
    ) -> Result<(), Failure> {
        if with.is_empty() {
            return Ok(());
        }
        let schema = schema::<A>();
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
            self.put(key.clone(), value.clone(), provenance.origin(&place).clone());
            for (rest, origin) in provenance.below(&place) {
                self.provenance.set_nested(join(key, rest), origin.clone());
            }
        }
        Ok(())
    }

    /// One setting over what is known of it; null is no value.
    fn put(&mut self, key: String, value: Value, origin: Origin) {
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
    fn lay_document(
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
            self.put(key.clone(), value, own);
            let below = format!("{path}.");
            for (nested, place) in &document.places {
                if let Some(rest) = nested.strip_prefix(&below) {
                    self.provenance.set_nested(format!("{key}.{rest}"), origin(place));
                }
            }
        }
    }
}

/// The environment variable that a wrapper maps an input to: `INPUT_WORKING_DIRECTORY`.
pub(crate) fn input_variable(name: &str) -> String {
    format!("INPUT_{}", name.to_uppercase().replace('-', "_"))
}

fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}
