//! References to Kubernetes objects.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One object of a cluster.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct ObjectRef {
    /// `Job`, `Deployment`, `Pod`, …, as manifests write it.
    pub kind: String,
    /// Namespace; empty for objects without one, such as a node.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// The UID that the server assigned; absent before the object exists. An object that is deleted and created
    /// again under the same name gets another UID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
}
