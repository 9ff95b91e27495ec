//! Generates wrappers, their pages, the schema and tables from the tools' description.

mod face;
mod page;
mod readme;
mod schema;
pub(crate) mod wrapper;

use crate::rules::pins::Pin;
use anyhow::{Context as _, Result};
use face::Face;
use robot_model::Description;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Path below `root` -> content.
pub(crate) fn files(root: &Path, description: &str) -> Result<BTreeMap<PathBuf, String>> {
    let description: Description =
        serde_json::from_str(description).context("unexpected output of `robot describe`")?;
    let mut files = BTreeMap::new();
    let (mut sections, mut results) = (Map::new(), Map::new());
    for tool in &description.tools {
        let name = tool.name.clone();
        let face = Face::of(tool);
        if name == "ci" {
            let pins = Pin::read(root)?;
            let restore = Pin::of(&pins, "actions/cache/restore")?.reference();
            let save = Pin::of(&pins, "actions/cache/save")?.reference();
            files.insert("action.yml".into(), wrapper::root_action(&face, &restore, &save));
        }
        let folder = PathBuf::from("actions").join(&name);
        let example = fs_err::read_to_string(root.join(format!("docs/examples/{name}.yml")))
            .context("an example workflow is missing in docs/examples")?;
        let readme = readme::readme(tool, &face, &example);
        files.insert(folder.join("action.yml"), wrapper::action(&name, &face));
        files.insert(folder.join("README.md"), readme);
        files.insert(format!("docs/tools/{name}.md").into(), page::page(tool, &face));
        for verb in &tool.verbs {
            let verb_name = verb.name.as_ref().map(|verb| format!("{name} {verb}"));
            results.insert(verb_name.unwrap_or_else(|| name.clone()), schema::result(verb));
        }
        sections.insert(name, schema::section(tool));
    }
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "robot.yml",
        "type": "object",
        "additionalProperties": false,
        "properties": sections,
    });
    let schema = serde_json::to_string_pretty(&schema)? + "\n";
    files.insert("docs/robot.schema.json".into(), schema);
    let results = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "outputs and cause in result.json, by verb",
        "$defs": results,
    });
    let results = serde_json::to_string_pretty(&results)? + "\n";
    files.insert("docs/results.schema.json".into(), results);
    Ok(files)
}

/// The first paragraph of doc lines, as one line.
fn summary(help: &str) -> String {
    let lines: Vec<&str> = help.lines().take_while(|line| !line.trim().is_empty()).collect();
    lines.join(" ")
}

/// A JSON string is a YAML string.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
