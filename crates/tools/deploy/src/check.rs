//! What would hang or fail for sure, found before anything is made.

use crate::manifest::Manifest;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Keys of each ConfigMap or Secret that will be there, by kind and name.
pub(crate) type Keys = BTreeMap<(&'static str, String), BTreeSet<String>>;

/// The keys of objects of a plan.
pub(crate) fn keys<'a>(objects: impl Iterator<Item = &'a Value>) -> Keys {
    let mut all = Keys::new();
    for object in objects {
        let kind = match object["kind"].as_str() {
            Some("ConfigMap") => "ConfigMap",
            Some("Secret") => "Secret",
            _ => continue,
        };
        let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let parts = ["data", "stringData", "binaryData"];
        let keys = parts.iter().filter_map(|part| object[*part].as_object());
        let keys = keys.flat_map(|map| map.keys().cloned()).collect();
        all.insert((kind, name), keys);
    }
    all
}

/// Why the workload would hang, each in a sentence.
pub(crate) fn problems(manifest: &Manifest, keys: &Keys) -> Vec<String> {
    let mut problems = BTreeSet::new();
    let pod = manifest.pod();
    let mut ask = |kind: &'static str, reference: &Value, name_key: &str, key: Option<&str>| {
        if reference.is_null() || reference["optional"] == true {
            return;
        }
        let name = reference[name_key].as_str().unwrap_or_default();
        match (keys.get(&(kind, name.to_owned())), key) {
            (None, _) => {
                problems.insert(format!("{kind} `{name}` is not there"));
            }
            (Some(known), Some(key)) if !known.contains(key) => {
                problems.insert(format!("{kind} `{name}` has no key `{key}`"));
            }
            _ => {}
        }
    };
    let mut mounted = Vec::new();
    for list in ["initContainers", "containers"] {
        for container in each(&pod[list]) {
            for variable in each(&container["env"]) {
                for (reference, kind) in
                    [("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")]
                {
                    let from = &variable["valueFrom"][reference];
                    ask(kind, from, "name", from["key"].as_str());
                }
            }
            for source in each(&container["envFrom"]) {
                ask("Secret", &source["secretRef"], "name", None);
                ask("ConfigMap", &source["configMapRef"], "name", None);
            }
            mounted.extend(each(&container["volumeMounts"]).filter_map(|it| it["name"].as_str()));
        }
    }
    let mut volumes = BTreeSet::new();
    for volume in each(&pod["volumes"]) {
        volumes.insert(volume["name"].as_str().unwrap_or_default());
        for (part, kind, name) in
            [("secret", "Secret", "secretName"), ("configMap", "ConfigMap", "name")]
        {
            let source = &volume[part];
            ask(kind, source, name, None);
            for item in each(&source["items"]) {
                ask(kind, source, name, item["key"].as_str());
            }
        }
    }
    let missing = mounted.into_iter().filter(|name| !volumes.contains(name));
    problems.extend(missing.map(|name| format!("there is no volume `{name}` to mount")));
    problems.into_iter().collect()
}

fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().map_or(&[][..], Vec::as_slice).iter()
}
