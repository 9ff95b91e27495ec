//! How long a state that is mostly hopeless is given.

use std::time::Duration;

/// How long a state that is mostly hopeless is given before it is taken for a failure. Every one is a
/// setting of `deploy`; the defaults stand there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Graces {
    /// A Secret or ConfigMap that a container needs is missing: it may still land.
    pub config: Duration,
    /// A volume cannot be mounted.
    pub mount: Duration,
    /// The image cannot be pulled, and the registry does not say that it never will.
    pub registry: Duration,
    /// Pulls after which it is not waited for any longer.
    pub pulls: u32,
    /// No node has room.
    pub capacity: Duration,
    /// No node has room, and the autoscaler said that it adds one.
    pub scale_up: Duration,
    /// No pod was made.
    pub admission: Duration,
    /// The node cannot make the pod's sandbox or attach its volumes, or is not heard of.
    pub infrastructure: Duration,
    /// A container of a Deployment crashes, or is not ready.
    pub application: Duration,
    /// Restarts after which it is not waited for any longer.
    pub restarts: u32,
}

impl Graces {
    /// The defaults of `deploy`, for tests and for those who have no settings of their own.
    pub const DEFAULT: Self = Self {
        config: Duration::from_secs(10),
        mount: Duration::from_secs(30),
        registry: Duration::from_secs(30),
        pulls: 3,
        capacity: Duration::from_secs(60),
        scale_up: Duration::from_secs(300),
        admission: Duration::from_secs(15),
        infrastructure: Duration::from_secs(60),
        application: Duration::from_secs(120),
        restarts: 3,
    };
}
