//! Layered settings: flags, inputs of the action, robot.yml, defaults; with the origin of each value.
//!
//! A verb declares its settings once ([`Declaration`]). This crate knows neither verbs nor tools.

mod config_file;
mod document;
mod environment;
mod failure;
mod layers;
mod provenance;
pub mod repository;
mod schema;

pub use config_file::ConfigFile;
pub use environment::Environment;
pub use failure::{Failure, ResultExt};
pub use layers::{Declaration, Layers, input_variable, says_nothing, setting_name};
pub use provenance::{Origin, Provenance};
pub use schema::{nearest, properties, schema_of};
