//! Sigstore signatures, verified offline: by whom something was signed, and if not, why not.
//!
//! The package sigstore-verify checks the cryptography; nothing of it is seen outside of this crate. Around
//! it stand what it leaves to its user: limits on what comes from outside, roots and their age, the validity
//! of each authority's own certificate, strict claims, rules for identities, statements by type, and
//! cosign's older signatures.
//!
//! A [`Verifier`] judges a [`Bundle`] on an [`Artifact`] by a [`Policy`]; a [`Rejection`] has a [`Reason`].

mod artifact;
mod bundle;
mod candidate;
mod claims;
mod identity;
mod key;
mod legacy;
mod pattern;
mod policy;
mod preset;
mod publisher;
mod rejection;
mod root;
mod statement;
mod verifier;

pub use artifact::{Artifact, Digest};
pub use bundle::{BUNDLE_BYTES, Bundle};
pub use candidate::{Candidate, Judgement};
pub use claims::{Claim, Claims};
pub use identity::{GITHUB_ISSUER, Identity, Rule};
pub use key::Key;
pub use legacy::{Annotations, LEGACY_LAYER};
pub use pattern::{Pattern, PatternError, literal};
pub use policy::{Log, Policy, Signer};
pub use preset::{COSIGN_SIGNATURE, Preset, SLSA_PROVENANCE, Source};
pub use publisher::{Publisher, PublisherError};
pub use rejection::{Mismatch, Reason, Rejection};
pub use root::{Instance, Root, RootError};
pub use statement::provenance_names;
pub use verifier::{Verified, Verifier};
