use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a deployment runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Workload {
    /// A robot that handles one task and exits.
    Job {
        /// Namespace.
        namespace: String,
        /// Name.
        name: String,
    },
    /// A robot that serves.
    Deployment {
        /// Namespace.
        namespace: String,
        /// Name.
        name: String,
    },
}

/// One deployable state of a robot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Revision {
    /// Image digest, `sha256:…`.
    pub digest: String,
    /// Commit the image was built from.
    pub commit: String,
    /// Whether the image's signature was verified.
    pub verified: bool,
}
