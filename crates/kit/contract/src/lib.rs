//! Draft.
mod document;
mod environment;
mod failure;
mod provenance;
pub use environment::Environment;
pub use failure::{Failure, ResultExt};
pub use provenance::{Origin, Provenance};
