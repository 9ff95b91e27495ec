//! Why there is no image, or not the same one.

use schemars::JsonSchema;
use serde::Serialize;

/// Why `go-image build` makes no image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BuildCause {
    /// A program does not compile
    BuildFail,
    /// The packages hold no program
    NoPrograms,
    /// The checkout has changes that are not committed
    DirtyTree,
    /// A program needs an interpreter or shared libraries, which the image has not
    NotStatic,
    /// A package uses cgo, which is off
    CgoVanished,
}

impl robot_contract::Cause for BuildCause {}

/// Why `go-image verify` does not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VerifyCause {
    /// The second build is another image
    Differs,
    /// The second build does not compile
    BuildFail,
    /// The image was made of changes that are not committed, so nobody else can build it
    DirtyTree,
}

impl robot_contract::Cause for VerifyCause {}
