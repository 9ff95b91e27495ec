//! Declarations of the evidence that verbs write and read. The order, contradictions and hints of a pipeline
//! are derived from them.

use crate::Resolved;
use robot_evidence::Kind;
use serde_json::Value;

/// Evidence that a verb writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaves {
    /// What.
    pub kind: Kind,
    /// The setting that turns it off when `false`.
    pub unless_off: Option<&'static str>,
}

/// Evidence that a verb reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Takes {
    /// What.
    pub kind: Kind,
    /// The setting that replaces it when set.
    pub unless_set: Option<&'static str>,
}

impl Leaves {
    /// The location of the setting that turns it off in `resolved` settings; `None` if it is written.
    pub fn withheld(&self, resolved: &Resolved) -> Option<String> {
        let key = self.unless_off?;
        let is_off = resolved.values.get(key) == Some(&Value::Bool(false));
        is_off.then(|| resolved.provenance.place(key))
    }
}

impl Takes {
    /// Whether a verb with these settings needs it.
    pub fn is_needed(&self, resolved: &Resolved) -> bool {
        self.unless_set.is_none_or(|key| resolved.is_default(key))
    }
}
