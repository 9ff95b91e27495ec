//! Files for other tools, and where they go.

pub(crate) mod line_hash;
pub(crate) mod sarif;
pub(crate) mod upload;
pub(crate) mod vex;
