//! ConfigMaps and Secrets made of files, literals and variables: named by their content, and immutable.

use data_encoding::{BASE64, HEXLOWER};
use robot_contract::{Context, Failure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::io::Read as _;

/// Bytes of all values of one object, as the API server limits them.
const LIMIT: usize = 1 << 20;

/// What a ConfigMap is made of.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ConfigSource {
    /// Keys whose values are those of files
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// Keys and values
    #[serde(default)]
    pub literals: BTreeMap<String, String>,
    /// Keys whose values are those of variables of the job
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Folder in the container in which each key is a file; without it, each key is a variable
    #[serde(default)]
    pub mount: Option<String>,
}

/// What a Secret is made of. There are no literals: a secret does not stand in a file of the repository.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SecretSource {
    /// Keys whose values are those of files
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// Keys whose values are those of variables of the job
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Folder in the container in which each key is a file; without it, each key is a variable
    #[serde(default)]
    pub mount: Option<String>,
}

/// A value that is not shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SecretValue(Vec<u8>);

impl SecretValue {
    /// Its bytes, for the container that it is for.
    pub(crate) fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

/// A ConfigMap or Secret that the deployment makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    /// What the settings call it.
    pub(crate) alias: String,
    /// Alias and digest of the content.
    pub(crate) name: String,
    pub(crate) is_secret: bool,
    pub(crate) mount: Option<String>,
    /// Values; of a ConfigMap they may be shown all the same.
    pub(crate) values: BTreeMap<String, SecretValue>,
}

impl Made {
    fn new(
        alias: &str,
        is_secret: bool,
        mount: Option<String>,
        values: BTreeMap<String, SecretValue>,
    ) -> Self {
        let mut hash = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        };
        part(alias.as_bytes());
        for (key, value) in &values {
            part(key.as_bytes());
            part(&value.0);
        }
        let digest = HEXLOWER.encode(&hash.finalize());
        let name = format!("{alias}-{}", &digest[..10]);
        Self { alias: alias.to_owned(), name, is_secret, mount, values }
    }

    /// Its manifest as it is planned: of a Secret with its keys, and without its values.
    pub(crate) fn planned(&self, namespace: &str) -> Value {
        let metadata = json!({"name": self.name, "namespace": namespace});
        if self.is_secret {
            let keys: Map<String, Value> =
                self.values.keys().map(|key| (key.clone(), json!("***"))).collect();
            return json!({
                "apiVersion": "v1", "kind": "Secret", "metadata": metadata,
                "immutable": true, "type": "Opaque", "data": keys,
            });
        }
        let (mut data, mut binary) = (Map::new(), Map::new());
        for (key, SecretValue(bytes)) in &self.values {
            match std::str::from_utf8(bytes) {
                Ok(text) => data.insert(key.clone(), text.into()),
                Err(_) => binary.insert(key.clone(), BASE64.encode(bytes).into()),
            };
        }
        let mut object = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata,
            "immutable": true, "data": data,
        });
        if !binary.is_empty() {
            object["binaryData"] = Value::Object(binary);
        }
        object
    }
}

/// Makes the objects of the settings, ConfigMaps first.
///
/// # Errors
/// A name or key that Kubernetes does not take, a file or variable that is not there; it names its place.
pub(crate) fn make(
    config: &BTreeMap<String, ConfigSource>,
    secrets: &BTreeMap<String, SecretSource>,
    context: &Context,
) -> Result<Vec<Made>, Failure> {
    let mut made = Vec::new();
    for (alias, source) in config {
        let mut values = files("config", alias, &source.files, context)?;
        values.extend(variables("config", alias, &source.environment, context)?);
        values.extend(
            source
                .literals
                .iter()
                .map(|(key, value)| (key.clone(), SecretValue(value.clone().into_bytes()))),
        );
        check("config", alias, &values, context)?;
        made.push(Made::new(alias, false, source.mount.clone(), values));
    }
    for (alias, source) in secrets {
        let mut values = files("secrets", alias, &source.files, context)?;
        values.extend(variables("secrets", alias, &source.environment, context)?);
        check("secrets", alias, &values, context)?;
        made.push(Made::new(alias, true, source.mount.clone(), values));
    }
    Ok(made)
}

fn check(
    kind: &str,
    alias: &str,
    values: &BTreeMap<String, SecretValue>,
    context: &Context,
) -> Result<(), Failure> {
    let place = context.provenance.place(&format!("{kind}.{alias}"));
    if !is_label(alias, 52) {
        return Err(Failure::config(format!(
            "{place}: expected lower-case letters, digits and `-`, at most 52 of them"
        )));
    }
    let is_key = |key: &str| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        (1..=253).contains(&key.len()) && key.chars().all(is_part) && key != "." && key != ".."
    };
    if let Some(key) = values.keys().find(|key| !is_key(key)) {
        return Err(Failure::config(format!(
            "{place}: `{key}` is not a key: expected letters, digits, `-`, `_` and `.`"
        )));
    }
    if values.is_empty() {
        return Err(Failure::config(format!("{place}: has no key")));
    }
    if values.values().map(|value| value.0.len()).sum::<usize>() > LIMIT {
        return Err(Failure::config(format!("{place}: its values are larger than 1 MiB together")));
    }
    Ok(())
}

/// Whether Kubernetes takes it for the name of an object that is a label (RFC 1123).
pub(crate) fn is_label(name: &str, limit: usize) -> bool {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=limit).contains(&name.len())
        && name.chars().all(is_part)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// The values of a Secret of a manifest, which is not renamed.
pub(crate) fn of_manifest(object: &Value) -> Option<Made> {
    if object["kind"] != "Secret" {
        return None;
    }
    let name = object["metadata"]["name"].as_str()?.to_owned();
    let texts = |part: &str| object[part].as_object().into_iter().flatten();
    let encoded = texts("data").filter_map(|(key, value)| {
        let bytes = BASE64.decode(value.as_str()?.trim().as_bytes()).ok()?;
        Some((key.clone(), SecretValue(bytes)))
    });
    let plain = texts("stringData").filter_map(|(key, value)| {
        Some((key.clone(), SecretValue(value.as_str()?.as_bytes().to_vec())))
    });
    let values = encoded.chain(plain).collect();
    Some(Made { alias: name.clone(), name, is_secret: true, mount: None, values })
}

type Values = BTreeMap<String, SecretValue>;

fn files(
    kind: &str,
    alias: &str,
    files: &BTreeMap<String, String>,
    context: &Context,
) -> Result<Values, Failure> {
    let mut values = Values::new();
    for (key, path) in files {
        let place = || context.provenance.place(&format!("{kind}.{alias}.files.{key}"));
        let mut bytes = Vec::new();
        let read = fs_err::File::open(context.absolute(path))
            .and_then(|file| file.take(LIMIT as u64 + 1).read_to_end(&mut bytes));
        read.map_err(|error| {
            Failure::config(format!("{}: the file cannot be read", place())).caused_by(&error)
        })?;
        values.insert(key.clone(), SecretValue(bytes));
    }
    Ok(values)
}

fn variables(
    kind: &str,
    alias: &str,
    variables: &BTreeMap<String, String>,
    context: &Context,
) -> Result<Values, Failure> {
    let mut values = Values::new();
    for (key, name) in variables {
        let value = context.environment.get(name).filter(|value| !value.is_empty());
        let value = value.ok_or_else(|| {
            let place = context.provenance.place(&format!("{kind}.{alias}.environment.{key}"));
            Failure::config(format!("{place}: the variable `{name}` is not set"))
                .hint(format!("add `{name}` to the step's `env:`"))
        })?;
        values.insert(key.clone(), SecretValue(value.as_bytes().to_vec()));
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(value: &str, is_secret: bool) -> Made {
        let values = [("token".to_owned(), SecretValue(value.as_bytes().to_vec()))];
        Made::new("bot", is_secret, None, values.into())
    }

    #[test]
    fn the_name_changes_with_the_content_alone() {
        assert_eq!(made("a", true).name, made("a", true).name);
        assert_ne!(made("a", true).name, made("b", true).name);
        assert!(made("a", true).name.starts_with("bot-"));
    }

    #[test]
    fn a_secrets_value_is_in_no_text() {
        let secret = made("hunter2", true);
        let planned = secret.planned("robots");
        assert_eq!(planned["data"], json!({"token": "***"}));
        assert_eq!(planned["immutable"], true);
        for text in [planned.to_string(), format!("{secret:?}")] {
            assert!(!text.contains("hunter2") && !text.contains(&BASE64.encode(b"hunter2")));
        }
        assert_eq!(made("plain", false).planned("robots")["data"]["token"], "plain");
    }
}
