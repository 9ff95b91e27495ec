//! References to objects of Kubernetes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One object of a cluster.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct ObjectRef {
    /// `Job`, `Deployment`, `Pod`, …, as manifests write it.
    pub kind: String,
    /// Namespace; empty for what is in none, such as a node.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// The UID that the server gave it; absent before it exists. An object that was deleted and made again
    /// under its name has another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
}
