//! `deploy`: runs a robot and says why it failed, seconds after that is certain.
//!
//! `plan` makes all objects of a deployment, checks them, and saves them. `apply` does what a plan says:
//! a new one, or exactly the one that was saved. The target `local` runs a Job's container as a process of
//! this machine; it shows what a cluster would show, and the engine of `robot-kubernetes` decides from that.
//!
//! gather ([`source`], [`template`], [`image`]) -> plan ([`plan`]) -> run ([`run`], [`target`]) -> decide
//! (the engine) -> keep ([`state`], [`audit`]) -> report ([`report`]).

mod apply;
mod audit;
mod cause;
mod check;
pub mod formats;
mod image;
mod input;
mod journal;
mod local;
mod log;
mod manifest;
mod metrics;
mod plan;
mod planning;
mod report;
mod run;
mod source;
mod state;
mod target;
pub mod template;

pub use apply::{Apply, ApplyOutput};
pub use cause::Cause;
pub use input::{Input, Rerun, TargetKind};
pub use plan::{PLAN_SCHEMA, Plan};
pub use planning::{PlanOutput, Planning};
pub use source::{ConfigSource, SecretSource};

use robot_contract::{Tool, Verb};

/// The tool and its verbs.
pub fn tool() -> Tool {
    Tool {
        name: "deploy",
        about: "Run a robot, and say why it failed as soon as that is certain",
        verbs: vec![Verb::of::<Planning>(), Verb::of::<Apply>()],
        helpers: &[],
        has_work: None,
    }
}
