//! What a signature must be to count.

use crate::{Identity, Key};

/// Who must have signed.
#[derive(Debug, Clone)]
pub enum Signer {
    /// Somebody with a certificate of Fulcio.
    Identity(Identity),
    /// The owner of a key.
    Key(Key),
}

/// Whether a signature with a key must be in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Log {
    /// It must, and that is proven.
    Required,
    /// It need not: nobody else sees who used the key, and when.
    Ignored,
}

/// What a signature must be to count.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Who must have signed.
    pub signer: Signer,
    /// Whether a key's signature must be in a log. Signatures with certificates always must, but those of
    /// an instance without logs.
    pub log: Log,
    /// Types of attestations that count; none means each of them. A plain signature counts as
    /// cosign's attestation does.
    pub predicate_types: Vec<String>,
}

impl Policy {
    /// Signatures and attestations of any type by this signer.
    pub const fn of(signer: Signer) -> Self {
        Self { signer, log: Log::Required, predicate_types: Vec::new() }
    }
}
