//! Why a profile is not of the files that are here.

use crate::position::Misfit;

/// The profile was not made from these files.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Mismatch {
    /// No such file: its name in the profile.
    Absent(String),
    /// The file has other text: its path.
    Other(String, Misfit),
    /// Its blocks are nested too deep to be followed: its path.
    TooDeep(String),
    /// A file of a package that the profile has, but not the file: its path.
    Unnamed(String),
}
