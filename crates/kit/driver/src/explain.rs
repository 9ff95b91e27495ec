//! `robot explain`: every resolved setting and its origin.

use crate::common::{check_file, common_settings};
use clap::ArgMatches;
use robot_contract::{Environment, Failure, Tool};
use robot_settings::{Origin, says_nothing};
use serde_json::Value;
use std::fmt::Write as _;

/// Every tool's resolved settings and the origin of each value.
pub(crate) fn explain(
    tools: &[Tool],
    matches: &ArgMatches,
    environment: &Environment,
) -> Result<String, Failure> {
    let (directory, file) = common_settings(matches, environment)?;
    let mut out = match file.name() {
        "" => format!(
            "no settings file in {} or at the root of its repository: all settings have their defaults\n",
            directory.display()
        ),
        name => format!("settings file: {name}, from {}\n", directory.display()),
    };
    for tool in tools {
        check_file(tools, tool, &file)?;
        for verb in &tool.verbs {
            let resolved = (verb.resolve)(None, environment, &file)?;
            let _ = writeln!(out, "\n{}", verb.full_name());
            for (key, value) in &resolved.values {
                let origin = resolved.provenance.origin(key);
                if *origin == Origin::Default && says_nothing(value) {
                    continue;
                }
                let items = items(value);
                if items.is_empty() {
                    let _ = writeln!(out, "  {key} = {value}  ({origin})");
                } else {
                    let _ = writeln!(out, "  {key}  ({origin})");
                    for (entry, item) in items {
                        let from = match resolved.provenance.origin(&format!("{key}.{entry}")) {
                            same if same == origin => String::new(),
                            other => format!("  ({other})"),
                        };
                        let _ = writeln!(out, "    {item}{from}");
                    }
                }
            }
        }
    }
    Ok(out)
}

/// Name and line of each part of a structure, so that pipelines and layers are readable; none if it fits in
/// one line.
fn items(value: &Value) -> Vec<(String, String)> {
    match value {
        Value::Array(items) if items.iter().any(Value::is_object) => {
            let number = |(at, item): (usize, &Value)| (at.to_string(), format!("- {item}"));
            items.iter().enumerate().map(number).collect()
        }
        Value::Object(items) => {
            items.iter().map(|(key, item)| (key.clone(), format!("{key}: {item}"))).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn structures_have_a_line_for_each_part() {
        let lines = |value| items(&value).into_iter().map(|(_, line)| line).collect::<Vec<_>>();
        assert_eq!(lines(json!([{"name": "build"}, 1])), [r#"- {"name":"build"}"#, "- 1"]);
        assert_eq!(lines(json!({"unit": {"race": true}})), [r#"unit: {"race":true}"#]);
        assert!(items(&json!(["./..."])).is_empty() && items(&json!(7)).is_empty());
    }
}
