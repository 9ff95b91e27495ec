//! Kubernetes: the few fields of its objects that we read, and what they mean for a deployment.
//!
//! - [`objects`]: tolerant structs of Jobs, Deployments, Pods and Events. Fields that we do not read are
//!   ignored and absent ones have their defaults, so that objects of every version can be read.
//! - [`verdict`]: the engine that tells from these objects how a workload stands. It does no I/O and has no
//!   clock: each call gets the time.
//!
//! The objects are our own because the typed ones of `k8s-openapi` add about 400 KB compressed to a program
//! (`docs/architecture.md`) and we read fewer than a hundred fields.

pub mod objects;
pub mod verdict;
