//! Settings of `deploy`.

use crate::source::{ConfigSource, SecretSource, is_label};
use robot_contract::{Failure, Provenance};
use robot_environment::breaker::Rule;
use robot_kubernetes::verdict::Graces;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Where it is deployed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum TargetKind {
    /// As a process of this machine.
    Local,
}

/// Which tasks run again.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Rerun {
    /// Those that failed.
    Failed,
    /// Those that succeeded too.
    Always,
}

/// Settings of `deploy`.
#[derive(Debug, Clone, clap::Args, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Input {
    /// Name of the robot [default: the name of the repository, or of the working folder]
    #[arg(long, value_name = "NAME")]
    pub application: Option<String>,
    /// Name of the environment, which has a state of its own
    #[arg(long, value_name = "NAME", default_value = "local")]
    pub environment: String,
    /// Where it is deployed: `local` runs the Job's container as a process of this machine
    #[arg(long, value_name = "TARGET", default_value = "local")]
    pub target: TargetKind,
    /// Manifests: files, folders, or what `helm template` and `kustomize build` wrote [default: a Job of our own]
    #[arg(long, value_name = "PATH", value_delimiter = ',')]
    pub manifests: Vec<PathBuf>,
    /// Values for `${name}` in manifests
    #[arg(skip)]
    pub parameters: BTreeMap<String, Value>,
    /// Image with its digest, for manifests with `${image}` [default: the digest of `layout`]
    #[arg(long, value_name = "REFERENCE")]
    pub image: Option<String>,
    /// Folder with the image as an OCI layout, which the target `local` runs
    #[arg(long, value_name = "DIR")]
    pub layout: Option<PathBuf>,
    /// The task, which reaches the robot as `TASK_ID`; the same task of the same content runs once [default: the run and its attempt]
    #[arg(long, value_name = "ID")]
    pub task_id: Option<String>,
    /// Which tasks run again: those that `failed`, or `always`
    #[arg(long, value_name = "WHICH", default_value = "failed")]
    pub rerun: Rerun,
    /// Namespace of all objects
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub namespace: String,
    /// Container that is the robot, where a manifest has several
    #[arg(long, value_name = "NAME")]
    pub container: Option<String>,
    /// ConfigMaps to make of files, literals and variables
    #[arg(skip)]
    pub config: BTreeMap<String, ConfigSource>,
    /// Secrets to make of files and variables
    #[arg(skip)]
    pub secrets: BTreeMap<String, SecretSource>,
    /// Program and arguments in place of the image's entry point, for the Job of our own
    #[arg(long, value_name = "WORD", value_delimiter = ',')]
    pub command: Vec<String>,
    /// Arguments, for the Job of our own
    #[arg(long, value_name = "WORD", value_delimiter = ',')]
    pub arguments: Vec<String>,
    /// CPU request, for the Job of our own
    #[arg(long, value_name = "QUANTITY", default_value = "100m")]
    pub cpu: String,
    /// Memory request and limit, for the Job of our own
    #[arg(long, value_name = "QUANTITY", default_value = "256Mi")]
    pub memory: String,
    /// Failed pods that a Job survives, where the manifest does not say
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub backoff_limit: u32,
    /// Seconds that a Job may run, where the manifest does not say
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    pub active_deadline_seconds: u32,
    /// Seconds until a Job that has ended is removed, where the manifest does not say
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub ttl_seconds_after_finished: u32,
    /// Exit codes after which a Job is not tried again, where the manifest has no `podFailurePolicy`
    #[arg(long, value_name = "CODE", value_delimiter = ',', default_value = "126,127")]
    pub lasting_exit_codes: Vec<u8>,
    /// Seconds that the whole deployment may take
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    pub timeout: u32,
    /// Seconds that a missing Secret or ConfigMap may take to land
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub grace_config: u32,
    /// Seconds that a volume may take to be mounted
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub grace_mount: u32,
    /// Seconds that a registry may fail
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub grace_registry: u32,
    /// Pulls that may fail
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub pulls: u32,
    /// Seconds that a pod may wait for a node
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub grace_capacity: u32,
    /// Seconds that a pod may wait for a node that the autoscaler adds
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub grace_scale_up: u32,
    /// Seconds that the cluster may refuse to make a pod
    #[arg(long, value_name = "SECONDS", default_value_t = 15)]
    pub grace_admission: u32,
    /// Seconds that a node may fail
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub grace_infrastructure: u32,
    /// Seconds that a pod of a Deployment may crash or be unready
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub grace_application: u32,
    /// Restarts of a container of a Deployment that are waited for
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub restarts: u32,
    /// Failed deployments one after another that open the circuit breaker; 0 switches it off
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub breaker_threshold: u32,
    /// Seconds that the circuit breaker stays open
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    pub breaker_cooldown: u32,
    /// File with the state of the environment, of the target `local` [default: in the folder of results]
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// The plan: `plan` writes it, `apply` does exactly what it says [default: `plan` writes it to the folder of results; `apply` plans anew]
    #[arg(long, value_name = "FILE")]
    pub saved_plan: Option<PathBuf>,
}

impl Input {
    /// The graces of the verdict engine.
    pub(crate) fn graces(&self) -> Graces {
        let seconds = |value: u32| Duration::from_secs(u64::from(value));
        Graces {
            config: seconds(self.grace_config),
            mount: seconds(self.grace_mount),
            registry: seconds(self.grace_registry),
            pulls: self.pulls,
            capacity: seconds(self.grace_capacity),
            scale_up: seconds(self.grace_scale_up),
            admission: seconds(self.grace_admission),
            infrastructure: seconds(self.grace_infrastructure),
            application: seconds(self.grace_application),
            restarts: self.restarts,
        }
    }

    /// When the circuit breaker opens.
    pub(crate) fn breaker(&self) -> Rule {
        Rule {
            threshold: self.breaker_threshold,
            cooldown: Duration::from_secs(u64::from(self.breaker_cooldown)),
        }
    }
}

/// Refuses what means nothing.
///
/// # Errors
/// A name or a quantity that Kubernetes does not take; it names its place.
pub(crate) fn resolve(input: Input, provenance: &Provenance) -> Result<Input, Failure> {
    let names = [
        ("environment", Some(&input.environment)),
        ("application", input.application.as_ref()),
        ("namespace", Some(&input.namespace)),
    ];
    for (key, name) in names {
        if name.is_some_and(|name| !is_label(name, 40)) {
            return Err(Failure::config(format!(
                "{}: expected lower-case letters, digits and `-`, at most 40 of them",
                provenance.place(key)
            )));
        }
    }
    if let Err(error) = robot_kubernetes::bytes(&input.memory) {
        return Err(Failure::config(format!("{}: {error}", provenance.place("memory"))));
    }
    if input.lasting_exit_codes.contains(&0) {
        return Err(Failure::config(format!(
            "{}: exit code 0 is a success",
            provenance.place("lasting-exit-codes")
        )));
    }
    if input.task_id.as_ref().is_some_and(|id| id.is_empty() || id.len() > 200) {
        return Err(Failure::config(format!(
            "{}: expected 1 to 200 characters",
            provenance.place("task-id")
        )));
    }
    Ok(input)
}
