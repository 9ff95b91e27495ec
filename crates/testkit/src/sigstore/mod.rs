//! A Sigstore instance of a test: an authority for certificates, its log of certificates, a log of
//! signatures, and whoever signs. Keys and times are made up; formats are the real ones.

mod authority;
mod conformance;
mod log;
mod recorded;
mod signer;

pub use conformance::{Vector, conformance_vectors};
pub use recorded::cosign_recorded;
pub use signer::TestSigner;

use authority::{Authority, Leaf};
use data_encoding::{BASE64, HEXLOWER};
use log::Log;
use rcgen::{KeyPair, SigningKey as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A Sigstore instance.
#[derive(Debug)]
pub struct TestSigstore {
    authority: Authority,
    log: Log,
}

impl Default for TestSigstore {
    fn default() -> Self {
        Self::new()
    }
}

impl TestSigstore {
    /// An instance that is in use now.
    pub fn new() -> Self {
        Self { authority: Authority::new(None), log: Log::new() }
    }

    /// One whose authority for certificates ran out that long ago, and signs all the same.
    pub fn run_out(ago: Duration) -> Self {
        Self { authority: Authority::new(Some(ago)), log: Log::new() }
    }

    /// `trusted_root.json`.
    pub fn trusted_root(&self) -> Value {
        json!({
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [self.log.trusted("https://rekor.example.com")],
            "certificateAuthorities": [self.authority.trusted()],
            "ctlogs": [self.authority.trusted_log()],
            "timestampAuthorities": [],
        })
    }

    /// A bundle (0.3) with a signature of these bytes.
    pub fn sign(&self, signer: &TestSigner, artifact: &[u8]) -> Value {
        let leaf = self.authority.issue(signer);
        let signature = leaf.key.sign(artifact).unwrap();
        let body = log::hashed_record(artifact, &signature, &leaf.pem());
        json!({
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": self.material(&leaf, "hashedrekord", &body),
            "messageSignature": {
                "messageDigest": {"algorithm": "SHA2_256", "digest": BASE64.encode(&Sha256::digest(artifact))},
                "signature": BASE64.encode(&signature),
            },
        })
    }

    /// A bundle (0.3) with an attestation of this type about `sha256:…`, as `cosign sign` and
    /// `actions/attest` write it.
    pub fn attest(&self, signer: &TestSigner, digest: &str, predicate_type: &str) -> Value {
        let hex = digest.trim_start_matches("sha256:");
        let payload = json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": "robot", "digest": {"sha256": hex}}],
            "predicateType": predicate_type,
            "predicate": {},
        });
        self.envelope(signer, payload.to_string().as_bytes())
    }

    /// A bundle with any payload in an envelope.
    pub fn envelope(&self, signer: &TestSigner, payload: &[u8]) -> Value {
        const KIND: &str = "application/vnd.in-toto+json";
        let leaf = self.authority.issue(signer);
        let mut encoded = format!("DSSEv1 {} {KIND} {} ", KIND.len(), payload.len()).into_bytes();
        encoded.extend(payload);
        let signature = BASE64.encode(&leaf.key.sign(&encoded).unwrap());
        let envelope = json!({
            "payload": BASE64.encode(payload),
            "payloadType": KIND,
            "signatures": [{"sig": signature}],
        });
        let body = log::envelope(&envelope, payload, &signature, &leaf.pem());
        json!({
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": self.material(&leaf, "dsse", &body),
            "dsseEnvelope": envelope,
        })
    }

    /// The payload and the annotations of cosign's older signature of an image, `sha256:…`.
    pub fn sign_as_before_bundles(
        &self,
        signer: &TestSigner,
        digest: &str,
    ) -> (Vec<u8>, BTreeMap<String, String>) {
        let payload = json!({
            "critical": {
                "identity": {"docker-reference": "registry.example.com/robot"},
                "image": {"docker-manifest-digest": digest},
                "type": "cosign container image signature",
            },
            "optional": null,
        });
        let payload = payload.to_string().into_bytes();
        let leaf = self.authority.issue(signer);
        let signature = leaf.key.sign(&payload).unwrap();
        let body = log::hashed_record(&payload, &signature, &leaf.pem());
        let annotations = [
            ("dev.cosignproject.cosign/signature", BASE64.encode(&signature)),
            ("dev.sigstore.cosign/certificate", leaf.pem()),
            ("dev.sigstore.cosign/chain", self.authority.chain()),
            ("dev.sigstore.cosign/bundle", self.log.answer(&body, now() - 30).to_string()),
        ];
        (payload, annotations.map(|(name, value)| (name.to_owned(), value)).into())
    }

    fn material(&self, leaf: &Leaf, kind: &str, body: &[u8]) -> Value {
        json!({
            "certificate": {"rawBytes": BASE64.encode(&leaf.der)},
            "tlogEntries": [self.log.entry(kind, body, now() - 30)],
            "timestampVerificationData": {"rfc3161Timestamps": []},
        })
    }
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// `2026-01-01T00:00:00Z`, of seconds since 1970.
fn rfc3339(seconds: u64) -> String {
    jiff::Timestamp::from_second(seconds.try_into().unwrap()).unwrap().to_string()
}

/// A key as a root lists it.
fn trusted_key(key: &KeyPair) -> Value {
    json!({
        "rawBytes": BASE64.encode(&spki(key)),
        "keyDetails": "PKIX_ECDSA_P256_SHA_256",
        "validFor": {"start": rfc3339(now() - 86_400)},
    })
}

fn spki(key: &KeyPair) -> Vec<u8> {
    rcgen::PublicKeyData::subject_public_key_info(key)
}

fn key_id(key: &KeyPair) -> [u8; 32] {
    Sha256::digest(spki(key)).into()
}

fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}
