//! Files for other tools.

pub(crate) mod line_hash;
pub(crate) mod sarif;
pub(crate) mod vex;
