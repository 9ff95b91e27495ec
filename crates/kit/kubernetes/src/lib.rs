//! Kubernetes' objects as its server gives them, and what they mean for a workload. No client and no I/O.
//!
//! [`object`] holds the few fields that are read, as types of our own: typed structs of all fields add
//! 0.4 MB to a compressed program, and a server of another version gives fields that they do not know.
//! Whatever is unknown or missing is tolerated; a Job or Deployment without a name is not.
//!
//! [`verdict`] is the engine that tells whether a workload can still succeed. `deploy` uses it, canary
//! and rollback are to use it, so it stands below them all. It is pure: the same objects at the same
//! time give the same answer, whether they come from a cluster, from the local target or from a file.

pub mod object;
pub mod quantity;
pub mod verdict;

pub use quantity::{NoQuantity, bytes};
