//! `cosign-verify`: verifies who signed an image, a file or a digest, and explains rejections.
//!
//! Without a verb it searches for signatures and checks them against the expected signer. `verify-bundle` checks one bundle with
//! the command line of Sigstore's conformance suite
//! (<https://github.com/sigstore/sigstore-conformance/blob/main/docs/cli_protocol.md>). Neither sends requests to
//! Sigstore: trusted roots are embedded or come from a file. `refresh-root` writes such a file, from what instances publish.

mod attested;
mod cause;
mod input;
mod output;
mod policy;
mod refresh_root;
mod report;
mod roots;
mod search;
mod verify;
mod verify_bundle;

pub use cause::Cause;
pub use output::{NearMiss, Output};
pub use refresh_root::RefreshRoot;
pub use verify::Verify;
pub use verify_bundle::VerifyBundle;

use robot_contract::{Tool, Verb};

/// The tool and its verbs.
pub fn tool() -> Tool {
    Tool {
        name: "cosign-verify",
        about: "Verify who signed an image or a file",
        verbs: vec![Verb::of::<Verify>(), Verb::of::<VerifyBundle>(), Verb::of::<RefreshRoot>()],
        helpers: &[],
        has_work: None,
    }
}
