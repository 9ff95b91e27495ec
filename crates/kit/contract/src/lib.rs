//! The one contract of all tools: settings in by layers, a verdict and a report out.
//!
//! A tool implements [`Action`] per verb and lists them in a [`Tool`]; the kit parses flags,
//! inputs and robot.yml, runs the verb and writes every output. A tool never prints.

mod action;
mod bounded;
mod config_file;
mod context;
mod defect;
mod describe;
mod document;
mod driver;
mod environment;
mod explain;
mod failure;
mod flow;
mod git;
mod isolation;
mod layers;
mod mode;
mod outcome;
mod provenance;
mod registry;
mod repository;
mod requirement;
mod schema;
mod secret;
mod settings;
mod signals;
mod sinks;
mod step;

pub use action::Action;
pub use config_file::ConfigFile;
pub use context::{Context, stream_atomically, write_atomically};
pub use driver::{run_bundle, run_tool};
pub use environment::Environment;
pub use failure::{Failure, ResultExt};
pub use flow::{Leaves, Takes};
pub use isolation::Isolate;
pub use mode::Mode;
pub use outcome::{Cause, Outcome};
pub use provenance::{Origin, Provenance};
pub use registry::{Helper, ResolveStep, Tool, Verb};
pub use requirement::Requirement;
pub use robot_evidence::{Evidence, Kind};
pub use robot_seal::Seal;
pub use schema::nearest;
pub use secret::{Secret, SecretText};
pub use settings::{Assignment, Resolved, default_settings, resolve};
pub(crate) use sinks::Sinks;
pub use step::StepRequest;
