//! Extracts the part of GitHub's OpenAPI description that the fake API is checked against.

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// The operations that our tools use, below `/repos/{owner}/{repo}`.
const OPERATIONS: [(&str, &str); 18] = [
    ("get", "/issues/{issue_number}/comments"),
    ("post", "/issues/{issue_number}/comments"),
    ("patch", "/issues/comments/{comment_id}"),
    ("delete", "/issues/comments/{comment_id}"),
    ("get", "/pulls"),
    ("get", "/pulls/{pull_number}"),
    ("get", "/actions/runs/{run_id}"),
    ("get", "/actions/runs/{run_id}/attempts/{attempt_number}"),
    ("get", "/actions/runs/{run_id}/attempts/{attempt_number}/jobs"),
    ("get", "/actions/runs/{run_id}/artifacts"),
    ("get", "/actions/artifacts/{artifact_id}/{archive_format}"),
    ("post", "/check-runs"),
    ("get", "/check-runs/{check_run_id}"),
    ("patch", "/check-runs/{check_run_id}"),
    ("get", "/commits/{ref}/check-runs"),
    ("post", "/code-scanning/sarifs"),
    ("get", "/code-scanning/sarifs/{sarif_id}"),
    ("get", "/attestations/{subject_digest}"),
];

/// Reads `api.github.com.json` of npm's `@octokit/openapi` and writes the part.
pub(crate) fn extract(source: &Path, target: &Path) -> Result<()> {
    let whole: Value = serde_json::from_slice(&fs_err::read(source)?)?;
    let mut part = json!({
        "openapi": whole["openapi"],
        "info": { "title": whole["info"]["title"], "version": whole["info"]["version"], "license": whole["info"]["license"] },
        "paths": {},
        "components": {},
    });
    let mut wanted = BTreeSet::new();
    for (method, path) in OPERATIONS {
        let path = format!("/repos/{{owner}}/{{repo}}{path}");
        let operation = &whole["paths"][&path][method];
        let mut kept = Map::new();
        for key in ["operationId", "parameters", "requestBody"] {
            if let Some(value) = operation.get(key) {
                kept.insert(key.to_owned(), slim(value));
            }
        }
        let answers = operation["responses"].as_object().with_context(|| path.clone())?;
        let good = answers.iter().filter(|(status, _)| status.starts_with(['2', '3']));
        let good: Map<_, _> = good.map(|(status, answer)| (status.clone(), slim(answer))).collect();
        kept.insert("responses".to_owned(), good.into());
        let kept = Value::Object(kept);
        references(&kept, &mut wanted);
        part["paths"][&path][method] = kept;
    }
    let mut done = BTreeSet::new();
    while let Some(reference) = wanted.pop_first() {
        if !done.insert(reference.clone()) {
            continue;
        }
        let mut words = reference.trim_start_matches("#/components/").split('/');
        let (kind, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let component = slim(&whole["components"][kind][name]);
        references(&component, &mut wanted);
        part["components"][kind][name] = component;
    }
    Ok(fs_err::write(target, part.to_string() + "\n")?)
}

/// Removes descriptions for people.
fn slim(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            // A property may be called `description` as well: then it is a schema.
            .filter(|(key, value)| {
                let is_text = value.is_string() || *key == "example" || *key == "examples";
                let words = ["description", "example", "examples", "title", "externalDocs"];
                !(words.contains(&key.as_str()) && is_text || key.starts_with("x-"))
            })
            .map(|(key, value)| (key.clone(), slim(value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(slim).collect(),
        other => other.clone(),
    }
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                found.insert(reference.to_owned());
            }
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}
