//! The interface of all tools: layered settings in, a verdict and a report out.
//!
//! A tool implements [`Action`] per verb and lists them in a [`Tool`]; the driver parses flags, inputs and
//! robot.yml, runs the verb and writes every output. A tool never prints.

mod action;
mod context;
mod declare;
mod fingerprint;
mod flow;
mod isolation;
mod kept;
mod live;
mod mode;
mod outcome;
mod registry;
mod requirement;
mod resolve;
mod secret;

pub use action::Action;
pub use context::{Checkout, Clock, Context, Run};
pub use flow::{Leaves, Takes};
pub use isolation::Isolate;
pub use live::Live;
pub use mode::Mode;
pub use outcome::{Cause, Outcome};
pub use registry::{HasWork, Helper, ResolveStep, Tool, Verb};
pub use requirement::Requirement;
pub use resolve::{Assignment, Resolved, default_settings, resolve};
pub use robot_evidence::{Evidence, Kind};
pub use robot_files::{stream_atomically, write_atomically};
pub use robot_kept::{Kept, Key, Reference, Shelf, Why};
pub use robot_seal::Seal;
pub use robot_settings::{
    ConfigFile, Environment, Failure, Origin, Provenance, ResultExt, nearest,
};
pub use secret::{Secret, SecretText};
