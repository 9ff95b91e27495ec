//! `cosign-verify`: whether something was signed by whom it should have been, and if not, why not.
//!
//! `verify` finds signatures and judges them by who may have signed; `verify-bundle` judges one bundle, as
//! the conformance suite of Sigstore asks it to
//! (<https://github.com/sigstore/sigstore-conformance/blob/main/docs/cli_protocol.md>). Neither asks
//! Sigstore: trusted roots are built in or come from a file.

mod cause;
mod output;
mod report;
mod roots;
mod verify_bundle;

pub use cause::Cause;
pub use output::{NearMiss, Output};
pub use verify_bundle::VerifyBundle;

use robot_contract::{Tool, Verb};

/// The tool and its verbs.
pub fn tool() -> Tool {
    Tool {
        name: "cosign-verify",
        about: "Verify who signed an image or a file, offline",
        verbs: vec![Verb::of::<VerifyBundle>()],
        helpers: &[],
    }
}
