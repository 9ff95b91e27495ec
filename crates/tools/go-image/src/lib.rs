//! `go-image`: an image of a robot's programs, without a container daemon, that is the same wherever it is
//! built.
//!
//! `build` compiles static programs, checks that they are, and writes the image itself: sorted archives
//! with fixed owners, modes and times, certificates of authorities that are part of this tool, a user
//! that is not root. What stamps the image is the commit, never the clock or the machine. `verify`
//! builds the same commit in another folder with empty caches and compares.
//! <https://github.com/opencontainers/image-spec/blob/v1.1.1/spec.md>

mod archive;
mod base;
mod build;
mod build_info;
mod cause;
mod deliver;
mod difference;
mod files;
mod image;
mod input;
mod layout;
mod made;
mod programs;
mod recipe;
mod root_files;
mod sbom;
mod static_program;
mod verify;

pub use build::Build;
pub use cause::{BuildCause, VerifyCause};
pub use verify::Verify;

use robot_contract::{Tool, Verb};

/// The tool and its verbs.
pub fn tool() -> Tool {
    Tool {
        name: "go-image",
        about: "Build a reproducible image of Go programs without a container daemon",
        verbs: vec![Verb::of::<Build>(), Verb::of::<Verify>()],
        helpers: &[],
        has_work: None,
    }
}
