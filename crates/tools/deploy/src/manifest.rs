//! The objects of a deployment: checked, completed, and pinned to one image.

use crate::input::Input;
use crate::source::Made;
use crate::template::Object;
use robot_contract::Failure;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The annotation by which users name the container that is meant.
const DEFAULT_CONTAINER: &str = "kubectl.kubernetes.io/default-container";
/// What our labels and annotations begin with.
pub(crate) const PREFIX: &str = "robot-actions.dev";

/// The objects of a deployment.
#[derive(Debug, Clone)]
pub(crate) struct Manifest {
    /// The Job or Deployment.
    pub(crate) workload: Object,
    /// All others, in the order in which they are made.
    pub(crate) others: Vec<Object>,
    /// Place of the robot in the list of containers.
    pub(crate) container: usize,
}

impl Manifest {
    /// Sorts objects out.
    ///
    /// # Errors
    /// No workload or several; a name twice; several containers and none that is the robot; no image.
    pub(crate) fn new(objects: Vec<Object>, wanted: Option<&str>) -> Result<Self, Failure> {
        let mut known: BTreeMap<(String, String), String> = BTreeMap::new();
        for object in &objects {
            let key = (object.kind().to_owned(), object.name().to_owned());
            if let Some(first) = known.insert(key, object.place.clone()) {
                let (kind, name) = (object.kind(), object.name());
                return Err(Failure::config(format!(
                    "{}: the {kind} `{name}` is there twice; first at {first}",
                    object.place
                )));
            }
        }
        let is_workload = |object: &Object| matches!(object.kind(), "Job" | "Deployment");
        let (mut workloads, others): (Vec<Object>, Vec<Object>) =
            objects.into_iter().partition(is_workload);
        if let [first, second, ..] = workloads.as_slice() {
            return Err(Failure::config(format!(
                "{}: a second workload; the first is at {}",
                second.place, first.place
            ))
            .hint("deploy each Job or Deployment by a step of its own"));
        }
        let Some(workload) = workloads.pop() else {
            return Err(Failure::config("the manifests have neither a Job nor a Deployment"));
        };
        if let Some(service) = others.iter().find(|object| object.kind() == "Service")
            && workload.kind() != "Deployment"
        {
            return Err(Failure::config(format!(
                "{}: a Service without a Deployment",
                service.place
            )));
        }
        let container = robot(&workload, wanted)?;
        let manifest = Self { workload, others, container };
        let image = manifest.container()["image"].as_str().unwrap_or_default();
        if image.trim().is_empty() {
            return Err(Failure::config(format!(
                "{}: the container has no `image`",
                manifest.workload.place
            ))
            .hint("write `image: ${image}`, and set `layout` or `image`"));
        }
        Ok(manifest)
    }

    /// The pod's specification.
    pub(crate) fn pod(&self) -> &Value {
        &self.workload.value["spec"]["template"]["spec"]
    }

    fn pod_mut(&mut self) -> &mut Value {
        &mut self.workload.value["spec"]["template"]["spec"]
    }

    /// The container that is the robot.
    pub(crate) fn container(&self) -> &Value {
        &self.pod()["containers"][self.container]
    }

    fn container_mut(&mut self) -> &mut Value {
        let index = self.container;
        &mut self.pod_mut()["containers"][index]
    }

    /// Sets program and arguments of the Job of our own.
    pub(crate) fn set_program(&mut self, input: &Input) {
        for (key, words) in [("command", &input.command), ("args", &input.arguments)] {
            if !words.is_empty() {
                self.container_mut()[key] = json!(words);
            }
        }
    }

    /// Sets what a Job has to say where it does not.
    pub(crate) fn complete(&mut self, input: &Input) {
        let name = self.container()["name"].clone();
        if self.workload.kind() != "Job" {
            return;
        }
        let spec = &mut self.workload.value["spec"];
        let is_never = spec["template"]["spec"]["restartPolicy"] == "Never";
        let mut default = |key: &str, value: Value| {
            if spec[key].is_null() {
                spec[key] = value;
            }
        };
        default("backoffLimit", json!(input.backoff_limit));
        default("activeDeadlineSeconds", json!(input.active_deadline_seconds));
        default("ttlSecondsAfterFinished", json!(input.ttl_seconds_after_finished));
        // It needs pods that are never started again in place.
        if is_never {
            let mut rules = vec![json!({
                "action": "Ignore",
                "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}],
            })];
            if !input.lasting_exit_codes.is_empty() {
                let codes = &input.lasting_exit_codes;
                rules.push(json!({
                    "action": "FailJob",
                    "onExitCodes": {"containerName": name, "operator": "In", "values": codes},
                }));
            }
            default("podFailurePolicy", json!({"rules": rules}));
        }
    }

    /// Gives the robot what the settings make: names of objects that stand in the manifest as the settings
    /// call them become those with the digest; others are added as variables or files.
    pub(crate) fn give(&mut self, made: &[Made]) {
        for object in made {
            let (reference, from, volume, key) = match object.is_secret {
                true => ("secretKeyRef", "secretRef", "secret", "secretName"),
                false => ("configMapKeyRef", "configMapRef", "configMap", "name"),
            };
            let mut is_used = false;
            let mut rename = |value: &mut Value| {
                if value.as_str() == Some(&object.alias) {
                    *value = json!(object.name);
                    is_used = true;
                }
            };
            let pod = self.pod_mut();
            for list in ["initContainers", "containers"] {
                for container in items(pod, list) {
                    for variable in items(container, "env") {
                        if let Some(found) =
                            variable.pointer_mut(&format!("/valueFrom/{reference}/name"))
                        {
                            rename(found);
                        }
                    }
                    for source in items(container, "envFrom") {
                        if let Some(found) = source.pointer_mut(&format!("/{from}/name")) {
                            rename(found);
                        }
                    }
                }
            }
            for one in items(pod, "volumes") {
                if let Some(found) = one.pointer_mut(&format!("/{volume}/{key}")) {
                    rename(found);
                }
            }
            if is_used {
                continue;
            }
            match &object.mount {
                None => {
                    let source = json!({ from: {"name": object.name} });
                    push(&mut self.container_mut()["envFrom"], source);
                }
                Some(path) => {
                    let name = format!("{}-{}", volume.to_lowercase(), object.alias);
                    let mount = json!({"name": name, "mountPath": path, "readOnly": true});
                    push(&mut self.container_mut()["volumeMounts"], mount);
                    let one = json!({"name": name, volume: { key: object.name }});
                    push(&mut self.pod_mut()["volumes"], one);
                }
            }
        }
    }

    /// Tells the robot its task, unless the manifest does.
    pub(crate) fn set_task(&mut self, task: &str) {
        let container = self.container_mut();
        let has = items(container, "env").iter().any(|one| one["name"] == "TASK_ID");
        if !has {
            push(&mut container["env"], json!({"name": "TASK_ID", "value": task}));
        }
    }

    /// Names the workload and marks all objects as those of one deployment.
    pub(crate) fn mark(
        &mut self,
        name: &str,
        namespace: &str,
        labels: &[(&str, &str)],
        annotations: &[(&str, &str)],
    ) {
        self.workload.value["metadata"]["name"] = json!(name);
        let all = std::iter::once(&mut self.workload).chain(&mut self.others);
        for object in all {
            object.value["metadata"]["namespace"] = json!(namespace);
            set(&mut object.value["metadata"]["labels"], labels);
            set(&mut object.value["metadata"]["annotations"], annotations);
        }
        let template = &mut self.workload.value["spec"]["template"];
        if !template["metadata"].is_object() {
            template["metadata"] = json!({});
        }
        set(&mut template["metadata"]["labels"], labels);
    }
}

/// Which container is the robot.
fn robot(workload: &Object, wanted: Option<&str>) -> Result<usize, Failure> {
    let template = &workload.value["spec"]["template"];
    let containers = template["spec"]["containers"].as_array().map_or(&[][..], Vec::as_slice);
    let names: Vec<&str> =
        containers.iter().map(|one| one["name"].as_str().unwrap_or_default()).collect();
    let wanted = wanted.or_else(|| template["metadata"]["annotations"][DEFAULT_CONTAINER].as_str());
    let place = &workload.place;
    match (wanted, names.as_slice()) {
        (_, []) => {
            Err(Failure::config(format!("{place}: the {} has no container", workload.kind())))
        }
        (Some(wanted), _) => names.iter().position(|name| *name == wanted).ok_or_else(|| {
            Failure::config(format!("{place}: there is no container `{wanted}`"))
                .hint(format!("there are {}", names.join(", ")))
        }),
        (None, [_]) => Ok(0),
        (None, _) => Err(Failure::config(format!(
            "{place}: {} containers, and nothing says which is the robot: {}",
            names.len(),
            names.join(", ")
        ))
        .hint("set `container`")),
    }
}

/// The items of a list of an object; none where there is no such list.
fn items<'a>(parent: &'a mut Value, key: &str) -> &'a mut [Value] {
    match parent.get_mut(key).and_then(Value::as_array_mut) {
        Some(items) => items,
        None => &mut [],
    }
}

fn push(list: &mut Value, item: Value) {
    match list {
        Value::Array(items) => items.push(item),
        other => *other = json!([item]),
    }
}

fn set(map: &mut Value, entries: &[(&str, &str)]) {
    if !map.is_object() {
        *map = Value::Object(Map::new());
    }
    for (key, value) in entries {
        map[*key] = json!(value);
    }
}
