//! What verbs leave for each other, as data: order, contradictions and hints of a pipeline follow from it.

use crate::Resolved;
use robot_evidence::Kind;
use serde_json::Value;

/// Evidence that a verb leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaves {
    /// What.
    pub kind: Kind,
    /// The setting that is `false` where it does not.
    pub unless_off: Option<&'static str>,
}

/// Evidence that a verb takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Takes {
    /// What.
    pub kind: Kind,
    /// The setting that names something else instead.
    pub unless_set: Option<&'static str>,
}

impl Leaves {
    /// Where `resolved` settings say that it is not left; `None` where it is.
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
