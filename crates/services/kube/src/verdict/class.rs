//! Why a workload does not come up: the class, and what the cluster says.

use robot_model::ObjectRef;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What kind of thing has to change for the next attempt to end better.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// When the manifest asks for something that does not exist or cannot be
    Config,
    /// When the image cannot be had from its registry
    Registry,
    /// When no node has room for it
    Capacity,
    /// When the cluster refuses to make its pods: quota, policy, webhook, service account
    Admission,
    /// When it used more memory than it may
    Resources,
    /// When the robot itself failed or does not become ready
    Application,
    /// When the cluster failed: a node was lost, a pod was evicted
    Infrastructure,
    /// When it did not end, or did not become ready, in time
    Deadline,
    /// When somebody else changed or replaced it meanwhile
    Superseded,
}

impl Class {
    /// The word that settings, reports and events use.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Registry => "registry",
            Self::Capacity => "capacity",
            Self::Admission => "admission",
            Self::Resources => "resources",
            Self::Application => "application",
            Self::Infrastructure => "infrastructure",
            Self::Deadline => "deadline",
            Self::Superseded => "superseded",
        }
    }

    /// The cluster is to blame and not what was deployed: the same deployment may succeed later.
    pub const fn is_outside(self) -> bool {
        matches!(self, Self::Capacity | Self::Infrastructure)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// What stands in the way, as the cluster says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    /// Whose turn it is.
    pub class: Class,
    /// The cluster's own word, such as `ImagePullBackOff`; reported as it is, also where we do not know it.
    pub word: String,
    /// The cluster's own sentence.
    pub message: String,
    /// Which object says so.
    pub object: ObjectRef,
    /// Which container of a pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// How the container ended, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
}

impl Reason {
    /// Of an object as a whole.
    pub(super) fn new(class: Class, word: &str, message: &str, object: ObjectRef) -> Self {
        Self {
            class,
            word: word.to_owned(),
            message: message.to_owned(),
            object,
            container: None,
            exit_code: None,
        }
    }

    /// Of one container of the pod.
    pub(super) fn in_container(self, name: &str) -> Self {
        Self { container: Some(name.to_owned()), ..self }
    }
}

impl fmt::Display for Reason {
    /// `Pod echo-1, container robot: ImagePullBackOff: …`
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.object.kind, self.object.name)?;
        if let Some(container) = &self.container {
            write!(formatter, ", container {container}")?;
        }
        write!(formatter, ": {}", self.word)?;
        if let Some(code) = self.exit_code {
            write!(formatter, " (exit code {code})")?;
        }
        if !self.message.is_empty() {
            write!(formatter, ": {}", self.message)?;
        }
        Ok(())
    }
}
