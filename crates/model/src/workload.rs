//! Workloads that deployments run, and their revisions.

use crate::ObjectRef;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a deployment runs: `deploy` creates it; canary and rollback act on it later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Workload {
    /// How it runs.
    pub kind: WorkloadKind,
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// The UID that the server assigned; absent before it exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// The revision that it runs; absent if unknown, as for a workload that another program created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<Revision>,
}

/// How a workload runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WorkloadKind {
    /// A robot that handles one task and exits.
    Job,
    /// A robot that serves.
    Deployment,
}

impl WorkloadKind {
    /// The object's `kind` in manifests.
    pub const fn object_kind(self) -> &'static str {
        match self {
            Self::Job => "Job",
            Self::Deployment => "Deployment",
        }
    }
}

impl Workload {
    /// Its object in the cluster.
    pub fn object(&self) -> ObjectRef {
        ObjectRef {
            kind: self.kind.object_kind().to_owned(),
            namespace: self.namespace.clone(),
            name: self.name.clone(),
            uid: self.uid.clone(),
        }
    }
}

/// One deployable state of a robot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Revision {
    /// Digest of the image, `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    /// Commit that the image was built from, hex.
    pub commit: String,
    /// Whether the writer of this record verified the image's signature. A reader that acts on it verifies the
    /// signature again.
    pub verified: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn workloads_are_written_as_the_format_says() {
        let written = json!({
            "kind": "job",
            "namespace": "robots",
            "name": "echo-1",
            "uid": "5f0c",
            "revision": {"digest": "sha256:ab", "commit": "12", "verified": true},
        });
        let workload: Workload = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(serde_json::to_value(&workload).unwrap(), written);
        let object = json!({"kind": "Job", "namespace": "robots", "name": "echo-1", "uid": "5f0c"});
        assert_eq!(serde_json::to_value(workload.object()).unwrap(), object);

        let bare = json!({"kind": "deployment", "namespace": "robots", "name": "echo"});
        let workload: Workload = serde_json::from_value(bare.clone()).unwrap();
        assert_eq!((workload.kind, &workload.uid), (WorkloadKind::Deployment, &None));
        assert_eq!(serde_json::to_value(workload).unwrap(), bare);

        let other = json!({"kind": "cronjob", "namespace": "robots", "name": "echo"});
        assert!(serde_json::from_value::<Workload>(other).is_err());
    }
}
