//! How the robot's container is started: what the kubelet makes of its manifest.

use crate::image::layout::Process;
use crate::source::Made;
use data_encoding::BASE64;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The container as it is to run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Container {
    /// Program and arguments.
    pub(super) words: Vec<String>,
    /// Variables; those of Secrets are apart.
    pub(super) variables: BTreeMap<String, String>,
    pub(super) secret_variables: BTreeMap<String, String>,
    pub(super) directory: PathBuf,
    /// Files by folder and name, with content and whether it is secret.
    pub(super) files: Vec<(PathBuf, String, Vec<u8>)>,
    /// Empty folders.
    pub(super) folders: Vec<PathBuf>,
    /// Bytes.
    pub(super) memory: Option<u64>,
}

/// Why the kubelet would not start it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stuck {
    /// `CreateContainerConfigError`, with its message.
    Config(String),
    /// Event `FailedMount`, with its message.
    Mount(String),
    /// What the target does not have.
    NotSimulated(String),
}

/// Contents of ConfigMaps and Secrets.
pub(super) struct Contents<'a> {
    namespace: &'a str,
    config: BTreeMap<&'a str, BTreeMap<&'a str, Vec<u8>>>,
    secrets: BTreeMap<&'a str, BTreeMap<&'a str, Vec<u8>>>,
}

impl<'a> Contents<'a> {
    /// ConfigMaps of a plan, and Secrets of what was made for it.
    pub(super) fn new(objects: &'a [Value], made: &'a [Made], namespace: &'a str) -> Self {
        let texts = |object: &'a Value, part: &str| {
            let map = object[part].as_object().into_iter().flatten();
            map.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
        };
        let config = objects.iter().filter(|object| object["kind"] == "ConfigMap").map(|object| {
            let plain = texts(object, "data").map(|(key, text)| (key, text.as_bytes().to_vec()));
            let binary = texts(object, "binaryData")
                .map(|(key, text)| (key, BASE64.decode(text.as_bytes()).unwrap_or_default()));
            let name = object["metadata"]["name"].as_str().unwrap_or_default();
            (name, plain.chain(binary).collect())
        });
        let secrets = made.iter().filter(|one| one.is_secret).map(|one| {
            let values = one.values.iter();
            (
                one.name.as_str(),
                values.map(|(key, it)| (key.as_str(), it.expose().to_vec())).collect(),
            )
        });
        Self { namespace, config: config.collect(), secrets: secrets.collect() }
    }

    fn of(&self, is_secret: bool, name: &str) -> Option<&BTreeMap<&'a str, Vec<u8>>> {
        if is_secret { self.secrets.get(name) } else { self.config.get(name) }
    }

    /// The kubelet's words for what is not there.
    fn absent(is_secret: bool, name: &str) -> String {
        format!("{} \"{name}\" not found", if is_secret { "secret" } else { "configmap" })
    }

    fn no_key(&self, is_secret: bool, name: &str, key: &str) -> String {
        let kind = if is_secret { "Secret" } else { "ConfigMap" };
        format!("couldn't find key {key} in {kind} {}/{name}", self.namespace)
    }
}

/// What a container is started with.
pub(super) fn container(
    pod: &Value,
    spec: &Value,
    image: &Process,
    contents: &Contents<'_>,
    pod_name: &str,
) -> Result<Container, Stuck> {
    let mut container = Container::default();
    for line in image.env.iter().flatten() {
        if let Some((name, value)) = line.split_once('=') {
            container.variables.insert(name.to_owned(), value.to_owned());
        }
    }
    container.variables.entry("HOME".to_owned()).or_insert_with(|| "/".to_owned());
    container.variables.insert("HOSTNAME".to_owned(), pod_name.to_owned());
    variables(spec, contents, pod_name, &mut container)?;
    volumes(pod, spec, contents, &mut container)?;
    let words = |value: &Value| -> Option<Vec<String>> {
        let words = value.as_array()?.iter();
        Some(words.map(|word| word.as_str().unwrap_or_default().to_owned()).collect())
    };
    let (command, arguments) = (words(&spec["command"]), words(&spec["args"]));
    let own = |words: &Option<Vec<String>>| words.clone().unwrap_or_default();
    let expanded = |words: Vec<String>| -> Vec<String> {
        words.iter().map(|word| container.expand(word)).collect()
    };
    container.words = match (command, arguments) {
        (Some(command), arguments) => {
            [expanded(command), expanded(arguments.unwrap_or_default())].concat()
        }
        (None, Some(arguments)) => [own(&image.entrypoint), expanded(arguments)].concat(),
        (None, None) => [own(&image.entrypoint), own(&image.cmd)].concat(),
    };
    let directory = spec["workingDir"].as_str().filter(|it| !it.is_empty());
    let directory = directory.or(image.working_dir.as_deref()).filter(|it| !it.is_empty());
    container.directory = Path::new("/").join(directory.unwrap_or("/"));
    if let Some(limit) = spec["resources"]["limits"]["memory"].as_str() {
        let limit = robot_kubernetes::bytes(limit);
        container.memory = Some(limit.map_err(|error| Stuck::Config(error.to_string()))?);
    }
    Ok(container)
}

fn variables(
    spec: &Value,
    contents: &Contents<'_>,
    pod_name: &str,
    container: &mut Container,
) -> Result<(), Stuck> {
    for source in each(&spec["envFrom"]) {
        let prefix = source["prefix"].as_str().unwrap_or_default();
        for (part, is_secret) in [("configMapRef", false), ("secretRef", true)] {
            let Some(name) = source[part]["name"].as_str() else { continue };
            let Some(values) = contents.of(is_secret, name) else {
                if source[part]["optional"] == true {
                    continue;
                }
                return Err(Stuck::Config(Contents::absent(is_secret, name)));
            };
            for (key, value) in values {
                container.set(format!("{prefix}{key}"), value, is_secret);
            }
        }
    }
    for variable in each(&spec["env"]) {
        let name = variable["name"].as_str().unwrap_or_default().to_owned();
        let from = &variable["valueFrom"];
        if from.is_null() {
            let value = container.expand(variable["value"].as_str().unwrap_or_default());
            // What a secret is expanded into is one too.
            let has_secret = value != variable["value"].as_str().unwrap_or_default()
                && !container.secret_variables.is_empty();
            container.set(name, value.as_bytes(), has_secret);
            continue;
        }
        if let Some(path) = from["fieldRef"]["fieldPath"].as_str() {
            let value = match path {
                "metadata.name" => pod_name,
                "metadata.namespace" => contents.namespace,
                other => {
                    return Err(Stuck::NotSimulated(format!("the field `{other}` in `env`")));
                }
            };
            container.set(name, value.as_bytes(), false);
            continue;
        }
        let part = [("configMapKeyRef", false), ("secretKeyRef", true)];
        let Some((reference, is_secret)) =
            part.into_iter().find_map(|(part, is)| Some((from.get(part)?, is)))
        else {
            return Err(Stuck::NotSimulated(format!("`valueFrom` of the variable `{name}`")));
        };
        let source = reference["name"].as_str().unwrap_or_default();
        let key = reference["key"].as_str().unwrap_or_default();
        let values = contents.of(is_secret, source);
        match values.and_then(|values| values.get(key)) {
            Some(value) => container.set(name, value, is_secret),
            None if reference["optional"] == true => {}
            None if values.is_none() => {
                return Err(Stuck::Config(Contents::absent(is_secret, source)));
            }
            None => return Err(Stuck::Config(contents.no_key(is_secret, source, key))),
        }
    }
    Ok(())
}

fn volumes(
    pod: &Value,
    spec: &Value,
    contents: &Contents<'_>,
    container: &mut Container,
) -> Result<(), Stuck> {
    for mount in each(&spec["volumeMounts"]) {
        let name = mount["name"].as_str().unwrap_or_default();
        let path = PathBuf::from(mount["mountPath"].as_str().unwrap_or_default());
        if mount.get("subPath").is_some() || mount.get("subPathExpr").is_some() {
            return Err(Stuck::NotSimulated(format!("the sub-path of the volume `{name}`")));
        }
        let volume = each(&pod["volumes"]).find(|volume| volume["name"] == name);
        let Some(volume) = volume else {
            return Err(Stuck::Mount(format!("there is no volume \"{name}\"")));
        };
        if volume.get("emptyDir").is_some() {
            container.folders.push(path);
            continue;
        }
        let kinds = [("configMap", "name", false), ("secret", "secretName", true)];
        let found =
            kinds.into_iter().find_map(|(kind, key, is)| Some((volume.get(kind)?, key, is)));
        let Some((source, key, is_secret)) = found else {
            return Err(Stuck::NotSimulated(format!("the volume `{name}`")));
        };
        let object = source[key].as_str().unwrap_or_default();
        container.folders.push(path.clone());
        let Some(values) = contents.of(is_secret, object) else {
            if source["optional"] == true {
                continue;
            }
            let absent = Contents::absent(is_secret, object);
            return Err(Stuck::Mount(format!(
                "MountVolume.SetUp failed for volume \"{name}\" : {absent}"
            )));
        };
        let Some(items) = source["items"].as_array() else {
            let all = values.iter();
            container
                .files
                .extend(all.map(|(key, value)| (path.clone(), (*key).to_owned(), value.clone())));
            continue;
        };
        for item in items {
            let key = item["key"].as_str().unwrap_or_default();
            let at = Path::new(item["path"].as_str().unwrap_or(key));
            let Some(value) = values.get(key) else {
                return Err(Stuck::Mount(format!(
                    "MountVolume.SetUp failed for volume \"{name}\" : references non-existent {} key: {key}",
                    if is_secret { "secret" } else { "config" }
                )));
            };
            let folder = path.join(at.parent().unwrap_or(Path::new("")));
            let file = at.file_name().unwrap_or_default().to_string_lossy().into_owned();
            container.files.push((folder, file, value.clone()));
        }
    }
    Ok(())
}

impl Container {
    fn set(&mut self, name: String, value: &[u8], is_secret: bool) {
        let value = String::from_utf8_lossy(value).into_owned();
        self.variables.remove(&name);
        self.secret_variables.remove(&name);
        let variables = if is_secret { &mut self.secret_variables } else { &mut self.variables };
        variables.insert(name, value);
    }

    /// `$(NAME)` becomes the variable's value where there is one, `$$(NAME)` stays `$(NAME)`:
    /// <https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/>
    fn expand(&self, text: &str) -> String {
        let (mut expanded, mut rest) = (String::new(), text);
        while let Some(at) = rest.find('$') {
            expanded.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                expanded.push('$');
                rest = after;
                continue;
            }
            let name = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
            match name {
                Some((name, after)) => {
                    let value =
                        self.variables.get(name).or_else(|| self.secret_variables.get(name));
                    match value {
                        Some(value) => expanded.push_str(value),
                        None => expanded.push_str(&format!("$({name})")),
                    }
                    rest = after;
                }
                None => expanded.push('$'),
            }
        }
        expanded.push_str(rest);
        expanded
    }
}

fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().map_or(&[][..], Vec::as_slice).iter()
}
