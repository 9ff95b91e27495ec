//! Keys that owners manage themselves.

use crate::{Digest, Rejection};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use sigstore_verify::crypto::{KeyAlgorithm, verify_signature, verify_signature_prehashed};
use sigstore_verify::types::{DerPublicKey, HashAlgorithm, SignatureBytes};

/// Largest file with a key, bytes.
const BYTES: usize = 64 << 10;

/// A public key.
#[derive(Debug, Clone)]
pub struct Key {
    pub(crate) der: DerPublicKey,
    algorithm: KeyAlgorithm,
}

impl Key {
    /// Reads a key in PEM (`PUBLIC KEY`, RFC 7468 section 13): ECDSA, Ed25519 or RSA.
    ///
    /// # Errors
    /// It is not such a key; says why.
    pub fn from_pem(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > BYTES {
            return Err(format!("it is larger than {} KiB", BYTES >> 10));
        }
        let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
        let der = DerPublicKey::from_pem(text).map_err(|error| error.to_string())?;
        let algorithm = KeyAlgorithm::from_spki(&der).map_err(|error| error.to_string())?;
        Ok(Self { der, algorithm })
    }

    /// Its SHA-256 (of the DER form), in hex.
    pub fn fingerprint(&self) -> String {
        HEXLOWER.encode(&Sha256::digest(self.der.as_bytes()))
    }

    /// Checks a signature of a whole message, with nothing else that proves it.
    pub(crate) fn check(
        &self,
        message: &[u8],
        signature: &SignatureBytes,
    ) -> Result<(), Rejection> {
        let scheme = self.algorithm.default_signing_scheme();
        verify_signature(&self.der, message, signature, scheme).map_err(|_| {
            Rejection::invalid("the signature does not match this key and this artifact")
        })
    }

    /// As [`Key::check`], of a message whose digest alone is known.
    pub(crate) fn check_digest(
        &self,
        digest: &Digest,
        signature: &SignatureBytes,
    ) -> Result<(), Rejection> {
        let scheme = self.algorithm.default_signing_scheme();
        if scheme.hash_algorithm() != Some(HashAlgorithm::Sha2256) {
            return Err(Rejection::unsupported("a key of this type cannot verify a digest")
                .hint("verify the file instead of its digest"));
        }
        verify_signature_prehashed(&self.der, digest.bytes(), signature, scheme).map_err(|_| {
            Rejection::invalid("the signature does not match this key and this artifact")
        })
    }
}
