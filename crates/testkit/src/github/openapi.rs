//! Checks requests and responses of the fake against GitHub's own API description.

use jsonschema::Validator;
use serde_json::{Map, Value, json};

/// The description.
#[derive(Debug)]
pub(super) struct OpenApi(Value);

/// An operation that a request asks for.
#[derive(Debug)]
pub(super) struct Operation<'a> {
    description: &'a Value,
    /// Variables of its path, such as the number of a comment.
    pub(super) variables: Map<String, Value>,
}

impl OpenApi {
    pub(super) fn load() -> Self {
        let text = include_str!("../../github/api.json");
        let mut value: Value = serde_json::from_str(text).unwrap();
        modernise(&mut value);
        Self(value)
    }

    /// The operation of a method and a path without query.
    pub(super) fn operation(&self, method: &str, path: &str) -> Option<Operation<'_>> {
        let words: Vec<&str> = path.split('/').collect();
        let paths = self.0["paths"].as_object()?;
        paths.iter().find_map(|(template, methods)| {
            let description = methods.get(method.to_lowercase())?;
            let names: Vec<&str> = template.split('/').collect();
            let mut variables = Map::new();
            let fits = |(name, word): (&&str, &&str)| match name
                .strip_prefix('{')
                .and_then(|name| name.strip_suffix('}'))
            {
                Some(name) => {
                    variables.insert(name.to_owned(), (*word).into());
                    !word.is_empty()
                }
                None => name == word,
            };
            (names.len() == words.len() && names.iter().zip(&words).all(fits))
                .then_some(Operation { description, variables })
        })
    }

    /// Violations of a request.
    pub(super) fn check_request(
        &self,
        operation: &Operation<'_>,
        query: &str,
        body: &Value,
    ) -> Vec<String> {
        let parameters = operation.description["parameters"].as_array();
        let known: Vec<&Value> =
            parameters.into_iter().flatten().map(|parameter| self.resolve(parameter)).collect();
        let mut wrong = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let name = pair.split('=').next().unwrap_or_default();
            if !known.iter().any(|one| one["in"] == "query" && one["name"] == name) {
                wrong.push(format!("there is no query `{name}`"));
            }
        }
        let schema = &operation.description["requestBody"]["content"]["application/json"]["schema"];
        match (schema.is_null(), body.is_null()) {
            (true, false) => wrong.push("it takes no body".to_owned()),
            (false, _) => wrong.extend(self.check(schema, body)),
            _ => {}
        }
        wrong
    }

    /// Completes `given` with all required fields of a response, with minimal values (`null` if allowed). Also returns its
    /// violations, which are defects of the fake.
    pub(super) fn answer(
        &self,
        operation: &Operation<'_>,
        status: u16,
        given: Value,
    ) -> (Value, Vec<String>) {
        let answer = self.resolve(&operation.description["responses"][status.to_string()]);
        let schema = &answer["content"]["application/json"]["schema"];
        if schema.is_null() {
            return (Value::Null, Vec::new());
        }
        let filled = self.fill(schema, Some(given));
        let wrong = self.check(schema, &filled);
        (filled, wrong)
    }

    fn check(&self, schema: &Value, value: &Value) -> Vec<String> {
        let mut root = schema.clone();
        root["components"] = self.0["components"].clone();
        let validator: Validator = jsonschema::validator_for(&root).unwrap();
        validator
            .iter_errors(value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect()
    }

    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => {
                let found = self.0.pointer(reference.trim_start_matches('#'));
                self.resolve(found.unwrap_or(&Value::Null))
            }
            None => value,
        }
    }

    fn fill(&self, schema: &Value, given: Option<Value>) -> Value {
        let schema = self.resolve(schema);
        if let Some(parts) = schema["allOf"].as_array() {
            return parts
                .iter()
                .fold(given, |given, part| Some(self.fill(part, given)))
                .unwrap_or_default();
        }
        let choices = schema["anyOf"].as_array().or(schema["oneOf"].as_array());
        if let Some(choices) = choices {
            let is_null = |choice: &&Value| choice["type"] == "null";
            if given.as_ref().is_none_or(Value::is_null) && choices.iter().any(|one| is_null(&one))
            {
                return Value::Null;
            }
            let choice = choices.iter().find(|choice| !is_null(choice));
            return choice.map_or(Value::Null, |choice| self.fill(choice, given));
        }
        let kinds: Vec<&str> = match &schema["type"] {
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            kind => kind.as_str().into_iter().collect(),
        };
        match given {
            Some(Value::Object(fields)) => self.fill_object(schema, fields),
            Some(Value::Array(items)) => {
                items.into_iter().map(|item| self.fill(&schema["items"], Some(item))).collect()
            }
            Some(value) => value,
            None if kinds.contains(&"null") => Value::Null,
            None => match (kinds.first(), schema["enum"].as_array()) {
                (_, Some(words)) => words[0].clone(),
                (Some(&"string"), _) => match schema["format"].as_str() {
                    Some("date-time") => "2026-01-01T00:00:00Z".into(),
                    Some("uri") => "https://example.com".into(),
                    _ => "x".into(),
                },
                (Some(&"integer" | &"number"), _) => 1.into(),
                (Some(&"boolean"), _) => false.into(),
                (Some(&"array"), _) => json!([]),
                _ => self.fill_object(schema, Map::new()),
            },
        }
    }

    fn fill_object(&self, schema: &Value, mut fields: Map<String, Value>) -> Value {
        let properties = schema["properties"].as_object();
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for (name, property) in properties.into_iter().flatten() {
            match fields.remove(name) {
                None if !required.contains(&name.as_str()) => {}
                given => {
                    fields.insert(name.clone(), self.fill(property, given));
                }
            }
        }
        fields.into()
    }
}

/// OpenAPI 3.0 says `nullable` where JSON schema has a type of its own.
fn modernise(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(modernise);
            if fields.remove("nullable") != Some(true.into()) {
                return;
            }
            if let Some(Value::Array(words)) = fields.get_mut("enum") {
                words.push(Value::Null);
            }
            match fields.remove("type") {
                Some(kind) => {
                    fields.insert("type".to_owned(), json!([kind, "null"]));
                }
                None => {
                    let whole = std::mem::take(fields);
                    fields.insert("anyOf".to_owned(), json!([{ "type": "null" }, whole]));
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(modernise),
        _ => {}
    }
}
