//! Seals a program in that is not trusted: it sees no process but its own, not the files that are hidden
//! from it, can get no more rights, and nothing that it started outlives it.
//!
//! The program that calls starts itself again as a hidden verb ([`VERB`]), which makes namespaces and
//! mounts ([namespaces(7)](https://docs.kernel.org/admin-guide/namespaces/index.html)) and starts an init
//! process in them; that starts the program. When init ends, the kernel kills all that is left.

mod init;
mod mounts;
mod outside;
mod rights;
mod route;
mod rules;
mod specification;

pub use outside::{end_as, run};
pub use route::{Route, allow, program, route};
pub use specification::{Bind, Seal, Specification};

/// The hidden verb: `<program> sealed`.
pub const VERB: &str = "sealed";
