//! The schema of robot.yml.

use robot_model::{Named, ToolDescription, VerbDescription};
use serde_json::{Map, Value, json};

/// The tool's section of robot.yml: the settings of all its verbs. Definitions of a verb's schema
/// move into the section, where its references find them.
pub(super) fn section(tool: &ToolDescription) -> Value {
    let mut properties = Map::new();
    for verb in &tool.verbs {
        let definitions = &verb.schema["$defs"];
        for (name, schema) in verb.schema["properties"].as_object().into_iter().flatten() {
            let mut schema = schema.clone();
            inline(&mut schema, definitions, 0);
            properties.insert(name.clone(), schema);
        }
    }
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

/// The verb-specific part of `result.json`: outputs, and causes of verdicts.
pub(super) fn result(verb: &VerbDescription) -> Value {
    let mut outputs = verb.output_schema.clone();
    let definitions = outputs["$defs"].take();
    inline(&mut outputs, &definitions, 0);
    let described = |cause: &Named| json!({ "const": cause.name, "description": cause.help });
    let causes: Vec<Value> = verb.causes.iter().map(described).collect();
    json!({
        "type": "object",
        "properties": {
            "outputs": { "type": ["object", "null"], "properties": outputs["properties"] },
            "cause": { "oneOf": causes },
        },
    })
}

/// Puts definitions where they are used; the settings' types are small and do not recurse.
fn inline(schema: &mut Value, definitions: &Value, depth: u8) {
    if depth > 16 {
        return;
    }
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
        // Properties beside a reference belong to this use: its own description and default.
        let beside = schema.as_object().cloned().unwrap_or_default();
        *schema = definitions[name].clone();
        for (key, value) in beside.into_iter().filter(|(key, _)| key != "$ref") {
            schema[key] = value;
        }
    }
    match schema {
        Value::Object(map) => {
            map.values_mut().for_each(|value| inline(value, definitions, depth + 1));
        }
        Value::Array(items) => {
            items.iter_mut().for_each(|item| inline(item, definitions, depth + 1));
        }
        _ => {}
    }
}
