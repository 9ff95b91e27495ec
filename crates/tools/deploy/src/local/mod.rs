//! The target `local`: a Job's container as a process of this machine, in the image's own file system.
//!
//! It plays the Job controller and the kubelet, and shows what they would show, so that the same engine
//! decides. What it does not do is listed in [`NOT_SIMULATED`].

mod attempt;
mod container;
mod files;
mod job;
mod memory;

pub(crate) use attempt::ROOT;
pub(crate) use job::Local;

/// What the target `local` does not do.
pub(crate) const NOT_SIMULATED: [&str; 9] = [
    "scheduling, quotas, admission policies, service accounts and RBAC",
    "pulls from a registry: the image comes from the layout",
    "a network of its own, Services and DNS of a cluster",
    "the user and groups of `securityContext` and of the image, and read-only root file systems",
    "CPU limits; memory is measured every 50 ms, and what is taken and given back between is not seen",
    "init containers, sidecars and other containers beside the robot",
    "restarts in place: every attempt is a new pod, after 1 s and doubling to 10 s, where a cluster waits 10 s and doubles to 10 min",
    "probes, volumes other than configMap, secret and emptyDir, and sub-paths",
    "eviction, lost nodes and TTL: nothing is left to remove",
];
