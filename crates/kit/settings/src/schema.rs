//! Names of settings in a schema: known names, nearest names, unknown keys.

use crate::Failure;
use crate::document::{Document, join};
use serde_json::{Map, Value};

/// The property names of a schema's object, in order of declaration.
pub fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema.get("properties").and_then(Value::as_object).into_iter().flatten()
}

/// Rejects unknown keys, with line, column and the nearest known key.
///
/// `path` is the location of `values` in the document; `root` resolves `$ref`.
pub(crate) fn refuse_unknown_keys(
    root: &Value,
    schema: &Value,
    value: &Value,
    path: &str,
    document: &Document,
    name: &str,
) -> Result<(), Failure> {
    let schema = follow(root, schema);
    match value {
        Value::Object(entries) => {
            let known = schema.get("properties").and_then(Value::as_object);
            let open = schema.get("additionalProperties").filter(|schema| schema.is_object());
            if known.is_none() && open.is_none() {
                return Ok(());
            }
            for (key, value) in entries {
                let below = join(path, key);
                match known.and_then(|known| known.get(key)).or(open) {
                    Some(schema) => {
                        refuse_unknown_keys(root, schema, value, &below, document, name)?;
                    }
                    None => {
                        let names = known.into_iter().flat_map(Map::keys).map(String::as_str);
                        return Err(unknown(key, &below, names, document, name));
                    }
                }
            }
            Ok(())
        }
        Value::Array(items) => {
            let Some(schema) = schema.get("items") else { return Ok(()) };
            items.iter().enumerate().try_for_each(|(index, item)| {
                let below = join(path, &index.to_string());
                refuse_unknown_keys(root, schema, item, &below, document, name)
            })
        }
        _ => Ok(()),
    }
}

/// The failure for an unknown `key` at `path`.
pub(crate) fn unknown<'a>(
    key: &str,
    path: &str,
    known: impl Iterator<Item = &'a str>,
    document: &Document,
    name: &str,
) -> Failure {
    let known: Vec<&str> = known.collect();
    let place = place(document, path, name);
    let failure = Failure::config(format!("{place}: unknown setting `{key}`"));
    match nearest(key, known.iter().copied()) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint(format!("known settings: {}", known.join(", "))),
    }
}

/// `file:line:column` of a path, or only the file.
pub(crate) fn place(document: &Document, path: &str, name: &str) -> String {
    match document.places.get(path) {
        Some((line, column)) => format!("{name}:{line}:{column}"),
        None => name.to_owned(),
    }
}

/// The known name that a typing mistake most likely meant.
pub fn nearest<'a>(wrong: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (wrong.chars().count() / 3).max(2);
    known
        .map(|name| (strsim::damerau_levenshtein(wrong, name), name))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, name)| name)
}

/// Follows `$ref`, and the one non-null alternative of an optional setting.
fn follow<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let mut schema = schema;
    // Bounded, because a schema may refer to itself.
    for _ in 0..8 {
        if let Some(pointer) = schema.get("$ref").and_then(Value::as_str) {
            match root.pointer(pointer.trim_start_matches('#')) {
                Some(target) => schema = target,
                None => break,
            }
        } else if let Some(choices) = schema.get("anyOf").and_then(Value::as_array) {
            let is_null = |choice: &&Value| choice.get("type") != Some(&Value::from("null"));
            match choices.iter().find(is_null) {
                Some(target) => schema = target,
                None => break,
            }
        } else {
            break;
        }
    }
    schema
}

/// The JSON schema of a type.
pub fn schema_of<T: schemars::JsonSchema>() -> Value {
    schemars::schema_for!(T).to_value()
}
