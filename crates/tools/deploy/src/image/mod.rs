//! The image that the local target runs: an OCI layout, checked and unpacked.

pub(crate) mod layout;
pub(crate) mod unpack;
