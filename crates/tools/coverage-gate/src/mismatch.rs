//! Reasons why a profile does not match the checkout.

use crate::position::Misfit;

/// The profile does not match these files.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Mismatch {
    /// The file does not exist; its name in the profile.
    Absent(String),
    /// The file has different text; its path.
    Other(String, Misfit),
    /// Its blocks are nested too deeply; its path.
    TooDeep(String),
    /// The file is missing from the profile, which has other files of its package; its path.
    Unnamed(String),
}
