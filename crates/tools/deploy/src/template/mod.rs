//! Manifests: the user's or ours, with parameters filled in.
//!
//! A parameter is `${name}` in a text. A text that is nothing else takes the parameter's type, so that
//! `replicas: ${replicas}` is a number. `$${` stands for `${`. Parameters stand in values, never in keys,
//! and never in a Secret.

mod document;
mod parameters;

pub use document::{Located, documents};
pub use parameters::{Given, Parameters};

use robot_contract::Failure;
use serde_json::Value;

/// The Job of those who bring no manifest; it passes the Pod Security Standard `restricted`.
pub(crate) const DEFAULT: &str = include_str!("job.yaml");

/// The name of [`DEFAULT`] in messages.
pub(crate) const DEFAULT_NAME: &str = "the default Job";

/// Kinds that may be deployed.
const KINDS: [(&str, &str); 6] = [
    ("Job", "batch/v1"),
    ("Deployment", "apps/v1"),
    ("Service", "v1"),
    ("ConfigMap", "v1"),
    ("Secret", "v1"),
    ("ServiceAccount", "v1"),
];

/// One object of a manifest, its parameters filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// The whole.
    pub value: Value,
    /// Where it begins: `job.yaml:1:1`.
    pub place: String,
}

impl Object {
    /// Its kind.
    pub fn kind(&self) -> &str {
        self.value["kind"].as_str().unwrap_or_default()
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.value["metadata"]["name"].as_str().unwrap_or_default()
    }
}

/// Objects of one file with several documents.
///
/// # Errors
/// The place of what is no YAML, no allowed object, or no known parameter.
pub fn render(text: &str, name: &str, parameters: &mut Parameters) -> Result<Vec<Object>, Failure> {
    let mut objects = Vec::new();
    for document in documents(text, name)? {
        let place = document.place(name);
        let kind = document.get("kind").and_then(Located::text).unwrap_or_default().to_owned();
        let version =
            document.get("apiVersion").and_then(Located::text).unwrap_or_default().to_owned();
        let Some((_, expected)) = KINDS.iter().find(|(known, _)| *known == kind) else {
            let known: Vec<&str> = KINDS.iter().map(|(known, _)| *known).collect();
            let place = document.get("kind").map_or(place, |kind| kind.place(name));
            return Err(Failure::config(format!("{place}: the kind `{kind}` is not deployed"))
                .hint(format!("allowed are {}; apply others by themselves", known.join(", "))));
        };
        if version != *expected {
            let place = document.get("apiVersion").map_or(place, |version| version.place(name));
            return Err(Failure::config(format!(
                "{place}: expected `apiVersion: {expected}` for a {kind}, found `{version}`"
            )));
        }
        let value = document.fill(&mut |text, at| {
            let filled = parameters.fill(text, at, name)?;
            if kind == "Secret" && filled.is_some() {
                return Err(Failure::config(format!(
                    "{}: a parameter within a Secret",
                    parameters::place(at, name)
                ))
                .hint("give secret values by the setting `secrets`, which takes them from the environment or from files"));
            }
            Ok(filled)
        })?;
        let object = Object { value, place };
        if object.name().is_empty() {
            return Err(Failure::config(format!(
                "{}: the {kind} has no `metadata.name`",
                object.place
            )));
        }
        objects.push(object);
    }
    Ok(objects)
}

#[cfg(test)]
mod tests;
