//! The fields of objects that are read: <https://kubernetes.io/docs/reference/kubernetes-api/>.

mod event;
mod job;
mod meta;
mod pod;
mod served;

pub use event::Event;
pub use job::{Job, JobSpec, JobStatus};
pub use meta::{Condition, Metadata, Owner};
pub use pod::{
    Container, ContainerState, ContainerStatus, Pod, PodSpec, PodStatus, Running, Terminated,
    Waiting,
};
pub use served::{Deployment, DeploymentSpec, DeploymentStatus, ReplicaSet, ReplicaSetStatus};

use serde::{Deserialize, Deserializer};

/// A field that is `null` is as if it were absent: some writers give `null` for an empty list.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
