//! Something that stands in a workload's way, and how long it may.

use super::class::{Class, Reason};
use crate::objects::Metadata;
use jiff::SignedDuration;
use robot_model::ObjectRef;

/// Something that stands in the way now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signal {
    pub(super) reason: Reason,
    pub(super) grace: Grace,
}

/// How long it may stand in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grace {
    /// It cannot mend itself.
    None,
    /// It may mend itself within this time.
    For(SignedDuration),
    /// It is no fault by itself: only the deadline ends it.
    Unlimited,
}

impl Signal {
    /// What tells the obstacle apart from others while its words change: a pull that failed says
    /// `ErrImagePull` and `ImagePullBackOff` in turn.
    pub(super) fn key(&self) -> Key {
        let reason = &self.reason;
        Key {
            object: reason.object.uid.clone().unwrap_or_else(|| reason.object.name.clone()),
            container: reason.container.clone(),
            class: reason.class,
        }
    }
}

/// See [`Signal::key`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    object: String,
    container: Option<String>,
    class: Class,
}

/// A reference to an object by its metadata.
pub(super) fn object(kind: &str, metadata: &Metadata) -> ObjectRef {
    ObjectRef {
        kind: kind.to_owned(),
        namespace: metadata.namespace.clone(),
        name: metadata.name.clone(),
        uid: Some(metadata.uid.clone()).filter(|uid| !uid.is_empty()),
    }
}
