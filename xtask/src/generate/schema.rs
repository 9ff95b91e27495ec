//! The schema of robot.yml.

use super::list;
use serde_json::{Map, Value, json};

/// The tool's section of robot.yml: the settings of all its verbs. Definitions of a verb's schema
/// move into the section, where its references find them.
pub(super) fn section(tool: &Value) -> Value {
    let mut properties = Map::new();
    for verb in list(&tool["verbs"]) {
        let definitions = &verb["schema"]["$defs"];
        for (name, schema) in verb["schema"]["properties"].as_object().into_iter().flatten() {
            let mut schema = schema.clone();
            inline(&mut schema, definitions, 0);
            properties.insert(name.clone(), schema);
        }
    }
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

/// Puts definitions where they are used; the settings' types are small and do not recurse.
fn inline(schema: &mut Value, definitions: &Value, depth: u8) {
    if depth > 16 {
        return;
    }
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
        *schema = definitions[name].clone();
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
