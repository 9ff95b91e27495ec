//! Steps that can be started.

use super::pipeline::Priority;
use robot_contract::{Isolate, Requirement, Resolved, Verb};

/// The work of a step.
#[derive(Debug)]
pub(crate) enum Work {
    Uses {
        verb: Box<Verb>,
        settings: Box<Resolved>,
    },
    Run(String),
    /// Nothing, for this reason.
    Skip(String),
}

/// A step that can be started: checked, its `needs` as indices.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) name: String,
    pub(crate) work: Work,
    pub(crate) needs: Vec<usize>,
    pub(crate) after: Vec<usize>,
    pub(crate) cpu: u32,
    pub(crate) memory: u64,
    pub(crate) priority: Priority,
    pub(crate) isolate: Isolate,
}

impl Planned {
    /// Requirements that must be met before it starts.
    pub(crate) fn requires(&self) -> &'static [Requirement] {
        match &self.work {
            Work::Uses { verb, .. } => verb.requires,
            Work::Run(_) | Work::Skip(_) => &[],
        }
    }
}
