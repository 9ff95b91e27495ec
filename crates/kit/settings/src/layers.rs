//! Layers of settings, merged in order of precedence, with the origin of each value.

use crate::document::{Document, join};
use crate::schema::{nearest, properties, refuse_unknown_keys};
use crate::{ConfigFile, Environment, Failure, Origin, Provenance};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The type-erased declaration of a verb's settings.
#[derive(Debug, Clone, Copy)]
pub struct Declaration {
    /// The tool; its section of robot.yml is shared by all its verbs.
    pub tool: &'static str,
    /// Settings whose entries are merged with those of the layer below.
    pub merged: &'static [&'static str],
    /// Adds the flags.
    pub augment: fn(Command) -> Command,
    /// The JSON schema of the settings' type.
    pub type_schema: fn() -> Value,
    /// Converts a command line to settings, including defaults.
    pub values: fn(&ArgMatches) -> Result<Map<String, Value>, Failure>,
}

impl Declaration {
    /// The defaults: the values of an empty command line.
    ///
    /// # Errors
    /// A setting without a default that is neither optional nor a list.
    pub fn defaults(&self) -> Result<Map<String, Value>, Failure> {
        let matches = self.flags().try_get_matches_from([""; 0]).map_err(|error| {
            let what = format!("a setting of {} has no default", self.tool);
            Failure::internal(what).caused_by(&error)
        })?;
        (self.values)(&matches)
    }

    /// The JSON schema of what users write. Each setting has its default, and none is required, because it may be
    /// set in another layer.
    pub fn schema(&self) -> Value {
        let mut schema = (self.type_schema)();
        if let Some(schema) = schema.as_object_mut() {
            schema.remove("required");
        }
        let mut defaults = self.defaults().unwrap_or_default();
        defaults.retain(|_, value| !says_nothing(value));
        let fields = schema["properties"].as_object_mut().into_iter().flatten();
        for (name, field) in fields.filter_map(|(name, field)| Some((name, field.as_object_mut()?)))
        {
            match defaults.remove(name) {
                Some(default) => field.insert("default".to_owned(), default),
                None => field.remove("default"),
            };
        }
        schema
    }

    /// A clap command with only the verb's flags.
    fn flags(&self) -> Command {
        (self.augment)(Command::new(self.tool).no_binary_name(true))
    }
}

/// The merged layers of one verb's settings.
#[derive(Debug)]
pub struct Layers {
    /// The value of each key.
    pub values: Map<String, Value>,
    /// The origin of each key.
    pub provenance: Provenance,
    of: Declaration,
}

/// Whether a default is empty.
pub fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        _ => false,
    }
}

impl Layers {
    /// The lowest layer, with the defaults.
    ///
    /// # Errors
    /// A setting without a default.
    pub fn defaults(of: Declaration) -> Result<Self, Failure> {
        let (values, provenance) = (Map::new(), Provenance::default());
        let mut layers = Self { values, provenance, of };
        for (key, value) in of.defaults()? {
            layers.put(key, value, Origin::Default);
        }
        Ok(layers)
    }

    /// Adds the tool's section of robot.yml. All verbs share it; this one uses the settings that it knows.
    ///
    /// # Errors
    /// Its section is not a mapping.
    pub fn lay_file(&mut self, file: &ConfigFile) -> Result<(), Failure> {
        let Some(section) = file.section(self.of.tool)? else { return Ok(()) };
        let schema = self.of.schema();
        let known = |key: &str| schema["properties"].get(key).is_some();
        let mine = section.iter().filter(|(key, _)| known(key));
        let mine = mine.map(|(key, value)| (key.clone(), value.clone())).collect();
        self.lay_document(mine, file.document(), self.of.tool, file.name());
        Ok(())
    }

    /// Adds inputs of the action that are not empty.
    ///
    /// # Errors
    /// An input that cannot be parsed or has an unknown key.
    pub fn lay_inputs(&mut self, environment: &Environment) -> Result<(), Failure> {
        let schema = self.of.schema();
        let command = self.of.flags();
        for (name, schema_of_field) in properties(&schema) {
            let Some(value) = environment.get(&input_variable(name)) else { continue };
            if value.trim().is_empty() {
                continue;
            }
            let mut arguments = command.get_arguments();
            let argument = arguments.find(|argument| setting_name(argument).as_ref() == Some(name));
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
            let line = parts.iter().map(|part| match argument.is_positional() {
                true => (*part).to_owned(),
                false => format!("--{name}={part}"),
            });
            // What follows is no flag, whatever it begins with.
            let line = argument.is_positional().then(|| "--".to_owned()).into_iter().chain(line);
            let matches = command.clone().try_get_matches_from(line).map_err(|error| {
                Failure::user(format!("input `{name}`: {}", first_line(&error.to_string())))
            })?;
            let mut input = (self.of.values)(&matches)?;
            self.put(name.clone(), input.remove(name).unwrap_or_default(), Origin::Input);
        }
        Ok(())
    }

    /// Adds flags from the command line.
    ///
    /// # Errors
    /// A value of the wrong type.
    pub fn lay_flags(&mut self, matches: &ArgMatches) -> Result<(), Failure> {
        let mut values = (self.of.values)(matches)?;
        for argument in self.of.flags().get_arguments() {
            let is_given =
                matches.value_source(argument.get_id().as_str()) == Some(ValueSource::CommandLine);
            if let Some(name) = setting_name(argument).filter(|_| is_given) {
                let value = values.remove(&name).unwrap_or_default();
                self.put(name, value, Origin::Flag);
            }
        }
        Ok(())
    }

    /// Adds the settings of a pipeline's step; `path` is their location in the pipeline's own settings.
    ///
    /// # Errors
    /// A setting that the verb does not have.
    pub fn lay_with(
        &mut self,
        with: &Map<String, Value>,
        path: &str,
        provenance: &Provenance,
    ) -> Result<(), Failure> {
        if with.is_empty() {
            return Ok(());
        }
        let schema = self.of.schema();
        for (key, value) in with {
            let place = join(path, key);
            if schema["properties"].get(key.as_str()).is_none() {
                let known = properties(&schema).map(|(name, _)| name.as_str());
                let failure = Failure::config(format!(
                    "{}: `{}` has no such setting",
                    provenance.place(&place),
                    self.of.tool
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

    /// Converts the merged values to a type.
    ///
    /// # Errors
    /// A value of the wrong type; the error names its location.
    pub fn typed<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        let values = Value::Object(self.values.clone());
        serde_path_to_error::deserialize(values).map_err(|error| {
            let place = self.provenance.place(&error.path().to_string());
            let mistake = error.into_inner().to_string();
            let failure = Failure::config(format!("{place}: {mistake}"));
            if mistake.contains("expected a string") || mistake.contains("expected string") {
                failure.hint("write the value in quotes")
            } else {
                failure
            }
        })
    }

    /// Sets one value over the lower layers; null is ignored.
    fn put(&mut self, key: String, value: Value, origin: Origin) {
        let known = self.values.get_mut(&key).and_then(Value::as_object_mut);
        match (known.filter(|_| self.of.merged.contains(&key.as_str())), value) {
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

    /// Adds settings of a document below `at`, with their locations.
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

/// The setting that an argument stands for: that of its flag, or of the field where it has none and is
/// told by its place.
pub fn setting_name(argument: &Arg) -> Option<String> {
    match argument.get_long() {
        None if argument.is_positional() => Some(argument.get_id().as_str().replace('_', "-")),
        long => long.map(str::to_owned),
    }
}

/// The environment variable that a wrapper maps an input to: `INPUT_WORKING_DIRECTORY`.
pub fn input_variable(name: &str) -> String {
    format!("INPUT_{}", name.to_uppercase().replace('-', "_"))
}

fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}
