//! Bundles, as they come from outside: sizes and counts first.
//! <https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto>

use crate::statement::Statement;
use crate::{Digest, Rejection, statement};
use serde::Deserialize;
use sigstore_verify::types::bundle::VerificationMaterialContent;
use sigstore_verify::types::{self, MediaType, SignatureContent};

/// Largest bundle, bytes: attestations hold whole bills of materials.
pub const BUNDLE_BYTES: usize = 16 << 20;
/// Log entries, and timestamps, of a bundle: each costs a few signatures.
const ENTRIES: usize = 32;
/// Certificates of a chain.
const CHAIN: usize = 16;

/// A signature with what proves it.
#[derive(Debug, Clone)]
pub struct Bundle {
    pub(crate) inner: types::Bundle,
    pub(crate) statement: Option<Statement>,
}

/// What a bundle begins with, whatever its version.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    media_type: Option<String>,
    // What cosign wrote before there were bundles.
    base64_signature: Option<serde::de::IgnoredAny>,
}

impl Bundle {
    /// Reads a bundle of version 0.1 to 0.3. One of version 0.1 must have an inclusion proof, as later
    /// ones have: the version is not signed, and would else be a way around the proof.
    ///
    /// # Errors
    /// It is too large, cannot be read, or has a version that is not known.
    pub fn parse(bytes: &[u8]) -> Result<Self, Rejection> {
        let bundle = Self::without_rules(bytes)?;
        let inner = &bundle.inner;
        let mut entries = inner.verification_material.tlog_entries.iter();
        if inner.media_type == MediaType::Bundle0_1
            && entries.any(|entry| entry.inclusion_proof.is_none())
        {
            return Err(Rejection::invalid("a log entry has no inclusion proof"));
        }
        Ok(bundle)
    }

    /// As it is made of cosign's older signatures, which have a promise of the log alone.
    pub(crate) fn without_rules(bytes: &[u8]) -> Result<Self, Rejection> {
        if bytes.len() > BUNDLE_BYTES {
            let what = format!("the bundle is larger than {} MiB", BUNDLE_BYTES >> 20);
            return Err(Rejection::unsupported(what));
        }
        let malformed = |error: &dyn std::fmt::Display| {
            Rejection::invalid(format!("the bundle cannot be read: {error}"))
        };
        let text = std::str::from_utf8(bytes).map_err(|error| malformed(&error))?;
        let head: Head = serde_json::from_str(text).map_err(|error| malformed(&error))?;
        match head.media_type.as_deref() {
            Some(kind) if kind.parse::<MediaType>().is_err() => {
                let kind: String = kind.chars().take(100).collect();
                return Err(Rejection::unsupported(format!(
                    "media type `{kind}` of the bundle is not supported"
                ))
                .hint("supported are bundles of version 0.1 to 0.3"));
            }
            None if head.base64_signature.is_some() => {
                return Err(Rejection::unsupported("the bundle has the format of cosign 1")
                    .hint("convert it with `cosign bundle upgrade`, or sign again"));
            }
            None => return Err(Rejection::unsupported("the bundle has no media type")),
            Some(_) => {}
        }
        let inner = types::Bundle::from_json(text).map_err(|error| malformed(&error))?;
        limit(&inner)?;
        let statement = match &inner.content {
            SignatureContent::DsseEnvelope(envelope) => Some(statement::read(envelope)?),
            _ => None,
        };
        Ok(Self { inner, statement })
    }

    /// The type of what it attests to (in-toto, `predicateType`); `None` for a plain signature.
    pub fn predicate_type(&self) -> Option<&str> {
        self.statement.as_ref().map(|statement| statement.predicate_type.as_str())
    }

    /// Whether it says that it is of this artifact. That is no proof: it selects among many.
    pub fn names(&self, digest: &Digest) -> bool {
        match (&self.statement, &self.inner.content) {
            (Some(statement), _) => statement.names(digest),
            (None, SignatureContent::MessageSignature(message)) => message
                .message_digest
                .as_ref()
                .is_none_or(|named| named.digest.as_bytes() == digest.bytes()),
            _ => false,
        }
    }

    /// The signer's certificate, DER.
    pub(crate) fn certificate(&self) -> Option<&[u8]> {
        self.inner.signing_certificate().map(|certificate| certificate.as_bytes())
    }

    /// Whether it has entries of a log, or timestamps.
    pub(crate) fn has_evidence(&self) -> bool {
        let material = &self.inner.verification_material;
        !material.tlog_entries.is_empty()
            || !material.timestamp_verification_data.rfc3161_timestamps.is_empty()
    }
}

fn limit(bundle: &types::Bundle) -> Result<(), Rejection> {
    let material = &bundle.verification_material;
    let chain = match &material.content {
        VerificationMaterialContent::X509CertificateChain { certificates } => certificates.len(),
        _ => 0,
    };
    let counts = [
        ("log entries", material.tlog_entries.len(), ENTRIES),
        ("timestamps", material.timestamp_verification_data.rfc3161_timestamps.len(), ENTRIES),
        ("certificates", chain, CHAIN),
    ];
    match counts.iter().find(|(_, count, most)| count > most) {
        Some((what, count, most)) => Err(Rejection::unsupported(format!(
            "the bundle has {count} {what}, and the limit is {most}"
        ))),
        None => Ok(()),
    }
}
