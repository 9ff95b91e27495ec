//! The plan: all that a deployment will do, saved, and applied as it was saved.

use crate::input::{Input, Rerun, TargetKind};
use crate::manifest::{Manifest, PREFIX};
use crate::source::{self, Made};
use crate::template::{self, Given, Object, Parameters};
use crate::{check, image::layout};
use data_encoding::HEXLOWER;
use robot_contract::{Context, Failure, ResultExt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The `schema` of a [`Plan`].
pub const PLAN_SCHEMA: &str = "robot.plan/v1";

/// Bytes of a plan that are read.
const LIMIT: u64 = 16 << 20;
/// Files of a folder of manifests.
const FILES: usize = 200;

/// All that a deployment will do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Plan {
    /// [`PLAN_SCHEMA`].
    pub schema: String,
    /// Name of the robot.
    pub application: String,
    /// Name of the environment.
    pub environment: String,
    /// Where it is deployed.
    pub target: TargetKind,
    /// Commit that it is of; empty outside of git.
    pub commit: String,
    /// The task.
    pub task: String,
    /// SHA-256 (hex) of application, task and everything that is to run.
    pub identity: String,
    /// The image, with its digest.
    pub image: String,
    /// Digest of the image.
    pub image_digest: String,
    /// Folder with the image, for the target `local`.
    pub layout: Option<PathBuf>,
    /// Name of the workload without the number of its attempt.
    pub name: String,
    /// Place of the robot among the containers.
    pub container: usize,
    /// The Job or Deployment.
    pub workload: Value,
    /// All other objects, in the order in which they are made; Secrets without their values.
    pub objects: Vec<Value>,
    /// Why it would hang.
    pub problems: Vec<String>,
    /// What is to be known of it.
    pub notes: Vec<String>,
    /// Whether a task that succeeded runs again.
    pub rerun: Rerun,
}

impl Plan {
    /// SHA-256 (hex) of the plan as it is saved.
    pub(crate) fn digest(&self) -> Result<String, Failure> {
        Ok(HEXLOWER.encode(&Sha256::digest(self.bytes()?)))
    }

    fn bytes(&self) -> Result<Vec<u8>, Failure> {
        let mut value = serde_json::to_value(self)
            .map_err(|error| Failure::internal("the plan is not JSON").caused_by(&error))?;
        value.sort_all_objects();
        let mut text = format!("{value:#}");
        text.push('\n');
        Ok(text.into_bytes())
    }

    /// Writes it.
    pub(crate) fn save(&self, path: &Path) -> Result<(), Failure> {
        robot_contract::write_atomically(path, &self.bytes()?)
            .or_external(|| format!("{}: the plan cannot be written", path.display()))
    }

    /// Reads a plan, of this version and as it was saved.
    pub(crate) fn load(path: &Path) -> Result<Self, Failure> {
        let name = path.display();
        let mut bytes = Vec::new();
        fs_err::File::open(path)
            .and_then(|file| file.take(LIMIT + 1).read_to_end(&mut bytes))
            .map_err(|error| {
                Failure::evidence(format!("{name}: the plan cannot be read")).caused_by(&error)
            })?;
        let wrong = |what: &str| {
            Failure::evidence(format!("{name}: {what}")).hint("run `deploy plan` again")
        };
        if bytes.len() as u64 > LIMIT {
            return Err(wrong("the plan is larger than 16 MiB"));
        }
        let value: Value =
            serde_json::from_slice(&bytes).map_err(|_| wrong("the plan is not whole"))?;
        if value["schema"] != PLAN_SCHEMA {
            return Err(wrong("another version of robot-actions wrote the plan"));
        }
        let plan: Self = serde_json::from_value(value)
            .map_err(|error| wrong("the plan is not sound").caused_by(&error))?;
        if plan.bytes()? != bytes {
            return Err(wrong("the plan was changed after it was saved"));
        }
        Ok(plan)
    }

    /// The workload's kind.
    pub(crate) fn kind(&self) -> &str {
        self.workload["kind"].as_str().unwrap_or_default()
    }

    /// The workload's namespace.
    pub(crate) fn namespace(&self) -> &str {
        self.workload["metadata"]["namespace"].as_str().unwrap_or_default()
    }

    /// Whether it has values that it does not hold.
    fn has_secrets(&self) -> bool {
        self.objects.iter().any(|object| object["kind"] == "Secret")
    }

    /// The manifest of the workload.
    pub(crate) fn manifest(&self) -> Manifest {
        let object = |value: &Value| Object { value: value.clone(), place: "the plan".to_owned() };
        Manifest {
            workload: object(&self.workload),
            others: self.objects.iter().map(object).collect(),
            container: self.container,
        }
    }
}

/// A plan, and the values that it does not hold.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) plan: Plan,
    pub(crate) made: Vec<Made>,
}

/// The plan to apply: a new one, or the saved one exactly as it is. The values of Secrets are not in a plan;
/// they are taken anew, and must be those that it was made with.
///
/// # Errors
/// Those of [`make`]; the saved plan was changed, or the values were.
pub(crate) fn to_apply(input: &Input, context: &Context) -> Result<Planned, Failure> {
    let Some(path) = &input.saved_plan else { return make(input, context) };
    let plan = Plan::load(&context.absolute(path))?;
    if !plan.commit.is_empty() && plan.commit != context.commit() {
        return Err(Failure::evidence(format!(
            "{}: the plan is of commit {}, which is not checked out",
            path.display(),
            plan.commit
        ))
        .hint("run `deploy plan` for this commit"));
    }
    if !plan.has_secrets() {
        return Ok(Planned { plan, made: Vec::new() });
    }
    let again = make(input, context)?;
    if again.plan.identity != plan.identity {
        return Err(Failure::evidence(format!(
            "{}: the settings, the manifests or the values of Secrets are not those of the plan",
            path.display()
        ))
        .hint("run `deploy plan` again, with the same settings and variables as `apply`"));
    }
    Ok(Planned { plan, made: again.made })
}

/// Plans a deployment.
///
/// # Errors
/// What the settings or manifests have wrong, with its place.
pub(crate) fn make(input: &Input, context: &Context) -> Result<Planned, Failure> {
    let application = application(input, context)?;
    let image = image(input, context)?;
    if image.is_none() && input.manifests.is_empty() {
        return Err(Failure::config("no image is given").hint(
            "set `layout` to the folder of an OCI layout, as `go-image build --layout` writes it",
        ));
    }
    let task = task(input, context);
    let mut parameters = parameters(input, &application, &image, context)?;
    let mut objects = Vec::new();
    for (name, text) in texts(input, context)? {
        objects.extend(template::render(&text, &name, &mut parameters)?);
    }
    parameters.check_used()?;
    let mut manifest = Manifest::new(objects, input.container.as_deref())?;
    if input.manifests.is_empty() {
        manifest.set_program(input);
    }
    let mut made = source::make(&input.config, &input.secrets, context)?;
    manifest.complete(input);
    manifest.give(&made);
    manifest.set_task(&task);
    let mut notes = Vec::new();
    let used = manifest.container()["image"].as_str().unwrap_or_default().to_owned();
    match (&input.layout, image.as_ref()) {
        (_, Some((reference, _))) if *reference == used => {}
        (Some(_), Some((_, digest))) => notes.push(format!(
            "the manifest asks for `{used}`; what runs is the image of `layout`, {digest}"
        )),
        _ if used.contains("@sha256:") => {}
        _ => {
            return Err(Failure::config(format!(
                "{}: the image `{used}` has no digest",
                manifest.workload.place
            ))
            .hint("write `image: ${image}`, and set `layout` or `image` with its digest"));
        }
    }
    let (reference, digest) = match image {
        Some(image) => image,
        None => (used.clone(), digest_of(&used)?),
    };
    let identity = identity(&application, &task, &manifest, &made, &digest)?;
    let base: String = application.chars().take(40).collect();
    let name = match manifest.workload.kind() {
        "Job" => format!("{}-{}", base.trim_end_matches('-'), &identity[..8]),
        _ => manifest.workload.name().to_owned(),
    };
    let commit = context.commit().to_owned();
    let label = format!("{PREFIX}/application");
    let (commit_key, task_key) = (format!("{PREFIX}/commit"), format!("{PREFIX}/task"));
    let (identity_key, digest_key) = (format!("{PREFIX}/identity"), format!("{PREFIX}/digest"));
    let labels =
        [(label.as_str(), application.as_str()), ("app.kubernetes.io/managed-by", "robot-actions")];
    let annotations = [
        (commit_key.as_str(), commit.as_str()),
        (task_key.as_str(), task.as_str()),
        (identity_key.as_str(), identity.as_str()),
        (digest_key.as_str(), digest.as_str()),
    ];
    manifest.mark(&name, &input.namespace, &labels, &annotations);
    let objects: Vec<Value> = made
        .iter()
        .map(|one| one.planned(&input.namespace))
        .chain(manifest.others.iter().map(|object| without_values(&object.value)))
        .collect();
    made.extend(manifest.others.iter().filter_map(|object| source::of_manifest(&object.value)));
    let problems = check::problems(&manifest, &check::keys(objects.iter()));
    let plan = Plan {
        schema: PLAN_SCHEMA.to_owned(),
        application,
        environment: input.environment.clone(),
        target: input.target,
        commit,
        task,
        identity,
        image: reference,
        image_digest: digest,
        layout: input.layout.as_ref().map(|path| context.absolute(path)),
        name,
        container: manifest.container,
        workload: manifest.workload.value,
        objects,
        problems,
        notes,
        rerun: input.rerun,
    };
    Ok(Planned { plan, made })
}

fn application(input: &Input, context: &Context) -> Result<String, Failure> {
    if let Some(name) = &input.application {
        return Ok(name.clone());
    }
    let repository = context.run.identity.repository.as_ref();
    let of_repository = repository.and_then(|name| name.rsplit('/').next()).map(str::to_owned);
    let of_folder = || Some(context.directory.file_name()?.to_string_lossy().into_owned());
    let name = of_repository.or_else(of_folder).unwrap_or_default().to_lowercase();
    match source::is_label(&name, 40) {
        true => Ok(name),
        false => Err(Failure::config(format!("`{name}` cannot be the name of an application"))
            .hint("set `application`: lower-case letters, digits and `-`, at most 40 of them")),
    }
}

/// The image with its digest, as the settings have it.
fn image(input: &Input, context: &Context) -> Result<Option<(String, String)>, Failure> {
    let given =
        input.image.as_ref().map(|reference| Ok::<_, Failure>((reference, digest_of(reference)?)));
    let given = given.transpose()?;
    let Some(path) = &input.layout else {
        return Ok(given.map(|(reference, digest)| (reference.clone(), digest)));
    };
    let digest = layout::Layout::open(&context.absolute(path))?.digest().to_owned();
    match given {
        Some((reference, wanted)) if wanted != digest => Err(Failure::config(format!(
            "{}: the layout holds {digest}, and `image` is {reference}",
            context.provenance.place("layout")
        ))),
        Some((reference, _)) => Ok(Some((reference.clone(), digest))),
        None => Ok(Some((format!("localhost/image@{digest}"), digest))),
    }
}

fn digest_of(reference: &str) -> Result<String, Failure> {
    let digest = reference.split_once('@').map(|(_, digest)| digest);
    let is_digest = |digest: &&str| {
        digest.strip_prefix("sha256:").is_some_and(|hex| {
            hex.len() == 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        })
    };
    digest.filter(is_digest).map(str::to_owned).ok_or_else(|| {
        Failure::config(format!("the image `{reference}` has no digest"))
            .hint("write it as `name@sha256:…`: a tag may mean another image at any time")
    })
}

fn task(input: &Input, context: &Context) -> String {
    let run = &context.run.identity;
    input.task_id.clone().unwrap_or_else(|| match run.run_id {
        Some(id) => format!("run-{id}-{}", run.attempt.unwrap_or(1)),
        None => "local".to_owned(),
    })
}

fn parameters(
    input: &Input,
    application: &str,
    image: &Option<(String, String)>,
    context: &Context,
) -> Result<Parameters, Failure> {
    let given = input.parameters.iter().map(|(name, value)| {
        let place = context.provenance.place(&format!("parameters.{name}"));
        (name.clone(), Given { value: value.clone(), place })
    });
    let commit = Some(context.commit()).filter(|commit| !commit.is_empty());
    let facts: BTreeMap<&'static str, Option<Value>> = [
        ("application", Some(json!(application))),
        ("environment", Some(json!(input.environment))),
        ("namespace", Some(json!(input.namespace))),
        ("image", image.as_ref().map(|(reference, _)| json!(reference))),
        ("digest", image.as_ref().map(|(_, digest)| json!(digest))),
        ("task-id", input.task_id.as_ref().map(|task| json!(task))),
        ("commit", commit.map(|commit| json!(commit))),
        ("run-id", context.run.identity.run_id.map(|id| json!(id))),
        ("cpu", Some(json!(input.cpu))),
        ("memory", Some(json!(input.memory))),
    ]
    .into();
    Parameters::new(given.collect(), facts)
}

/// Names and texts of all manifests.
fn texts(input: &Input, context: &Context) -> Result<Vec<(String, String)>, Failure> {
    if input.manifests.is_empty() {
        return Ok(vec![(template::DEFAULT_NAME.to_owned(), template::DEFAULT.to_owned())]);
    }
    let mut paths = Vec::new();
    for path in &input.manifests {
        let full = context.absolute(path);
        if !full.is_dir() {
            paths.push(path.clone());
            continue;
        }
        let entries = fs_err::read_dir(&full)
            .or_external(|| format!("{}: the folder cannot be read", path.display()))?;
        let is_yaml = |name: &Path| {
            name.extension().is_some_and(|it| it == "yaml" || it == "yml" || it == "json")
        };
        let mut found: Vec<PathBuf> = entries
            .flatten()
            .map(|entry| path.join(entry.file_name()))
            .filter(|name| is_yaml(name))
            .collect();
        found.sort();
        if found.is_empty() || found.len() > FILES {
            return Err(Failure::config(format!(
                "{}: expected 1 to {FILES} YAML files, found {}",
                path.display(),
                found.len()
            )));
        }
        paths.extend(found);
    }
    let read = |path: PathBuf| {
        let name = path.display().to_string();
        let text = fs_err::read_to_string(context.absolute(&path)).map_err(|error| {
            Failure::config(format!("{name}: the manifest cannot be read")).caused_by(&error)
        })?;
        Ok((name, text))
    };
    paths.into_iter().map(read).collect()
}

/// SHA-256 of application, task and everything that is to run.
fn identity(
    application: &str,
    task: &str,
    manifest: &Manifest,
    made: &[Made],
    digest: &str,
) -> Result<String, Failure> {
    let mut workload = manifest.workload.value.clone();
    workload["metadata"] = Value::Null;
    let others = manifest.others.iter().map(|object| object.value.clone());
    // The digest in the name of what is made stands for its content.
    let names: Vec<&str> = made.iter().map(|one| one.name.as_str()).collect();
    let mut all = json!({
        "application": application,
        "task": task,
        "digest": digest,
        "workload": workload,
        "others": others.collect::<Vec<_>>(),
        "made": names,
    });
    all.sort_all_objects();
    Ok(HEXLOWER.encode(&Sha256::digest(all.to_string())))
}

/// A Secret of a manifest keeps its keys alone.
fn without_values(object: &Value) -> Value {
    let mut object = object.clone();
    if object["kind"] == "Secret" {
        for part in ["data", "stringData"] {
            for (_, value) in object[part].as_object_mut().into_iter().flatten() {
                *value = json!("***");
            }
        }
    }
    object
}
