//! That an image was signed by whom it should have been.

use crate::{Evidence, Kind};
use serde::{Deserialize, Serialize};

/// An image whose signature was verified. Who deploys it in another job verifies it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SignatureVerified {
    /// `ghcr.io/acme/robot@sha256:…`: what the signature is of.
    pub image: String,
    /// `sha256:…`, of an index or of an image.
    pub digest: String,
    /// `sha256:…` of the image for the platform that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform_digest: Option<String>,
    /// Who signed, where it was with a certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Who vouches for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Fingerprint of the key (SHA-256, hex), where it was with a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The commit that was built, by the certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_commit: Option<String>,
}

impl Evidence for SignatureVerified {
    const KIND: Kind = Kind { name: "signature-verified", version: 1, left_by: "cosign-verify" };
}
