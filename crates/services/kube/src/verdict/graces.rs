//! How long a state that rarely mends itself is waited for.

use jiff::SignedDuration;

/// How long each kind of obstacle may last before the deployment is given up. A state that cannot mend itself,
/// such as an invalid image name, has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graces {
    /// An image cannot be pulled, for a reason that may pass.
    pub registry: SignedDuration,
    /// Failed pulls after which `registry` is not waited for.
    pub pulls: u32,
    /// A ConfigMap, Secret or key is missing: it may be created a moment later.
    pub config: SignedDuration,
    /// A container cannot be created or started.
    pub create: SignedDuration,
    /// Failed starts after which `create` is not waited for.
    pub starts: u32,
    /// A volume cannot be mounted, or the network of a pod cannot be made.
    pub mount: SignedDuration,
    /// No node has room.
    pub scheduling: SignedDuration,
    /// The same, while the cluster's autoscaler adds a node.
    pub scale_up: SignedDuration,
    /// The cluster makes no pod at all.
    pub admission: SignedDuration,
    /// A server runs and is not ready.
    pub readiness: SignedDuration,
    /// Restarts of a server's container after which it is not restarted in vain any longer.
    pub restarts: u32,
}

impl Default for Graces {
    fn default() -> Self {
        let seconds = SignedDuration::from_secs;
        Self {
            registry: seconds(30),
            pulls: 3,
            config: seconds(10),
            create: seconds(30),
            starts: 2,
            mount: seconds(30),
            scheduling: seconds(60),
            scale_up: seconds(300),
            admission: seconds(15),
            readiness: seconds(60),
            restarts: 2,
        }
    }
}
