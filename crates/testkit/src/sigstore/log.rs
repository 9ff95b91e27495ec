//! A log of signatures, whose tree has one entry (RFC 6962; Rekor 1).
//! <https://github.com/sigstore/rekor/blob/main/types.md>

use super::{hex, key_id, trusted_key};
use data_encoding::BASE64;
use rcgen::{KeyPair, SigningKey as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const NAME: &str = "rekor.example.com";

#[derive(Debug)]
pub(super) struct Log {
    key: KeyPair,
}

impl Log {
    pub(super) fn new() -> Self {
        Self { key: KeyPair::generate().unwrap() }
    }

    /// As a root lists it.
    pub(super) fn trusted(&self, address: &str) -> Value {
        json!({
            "baseUrl": address,
            "hashAlgorithm": "SHA2_256",
            "publicKey": trusted_key(&self.key),
            "logId": {"keyId": BASE64.encode(&key_id(&self.key))},
        })
    }

    /// An entry with promise and proof.
    pub(super) fn entry(&self, kind: &str, body: &[u8], time: u64) -> Value {
        let mut leaf = vec![0];
        leaf.extend(body);
        let root = BASE64.encode(&Sha256::digest(leaf));
        json!({
            "logIndex": "0",
            "logId": {"keyId": BASE64.encode(&key_id(&self.key))},
            "kindVersion": {"kind": kind, "version": "0.0.1"},
            "integratedTime": time.to_string(),
            "inclusionPromise": {"signedEntryTimestamp": self.promise(body, time)},
            "inclusionProof": {
                "logIndex": "0",
                "rootHash": root,
                "treeSize": "1",
                "hashes": [],
                "checkpoint": {"envelope": self.checkpoint(&root)},
            },
            "canonicalizedBody": BASE64.encode(body),
        })
    }

    /// As cosign kept the log's answer before there were bundles.
    pub(super) fn answer(&self, body: &[u8], time: u64) -> Value {
        json!({
            "SignedEntryTimestamp": self.promise(body, time),
            "Payload": {
                "body": BASE64.encode(body),
                "integratedTime": time,
                "logIndex": 0,
                "logID": hex(&key_id(&self.key)),
            },
        })
    }

    /// The log's word that it takes the entry: a signature of its JSON with sorted keys (RFC 8785).
    fn promise(&self, body: &[u8], time: u64) -> String {
        let (body, log) = (BASE64.encode(body), hex(&key_id(&self.key)));
        let signed =
            format!(r#"{{"body":"{body}","integratedTime":{time},"logID":"{log}","logIndex":0}}"#);
        BASE64.encode(&self.key.sign(signed.as_bytes()).unwrap())
    }

    /// The log's word for the whole tree. <https://github.com/C2SP/C2SP/blob/main/tlog-checkpoint.md>
    fn checkpoint(&self, root: &str) -> String {
        let signed = format!("{NAME} - 1\n1\n{root}\n");
        let mut signature = key_id(&self.key)[..4].to_vec();
        signature.extend(self.key.sign(signed.as_bytes()).unwrap());
        format!("{signed}\n\u{2014} {NAME} {}\n", BASE64.encode(&signature))
    }
}

/// The entry of a signature of a message.
pub(super) fn hashed_record(message: &[u8], signature: &[u8], certificate: &str) -> Vec<u8> {
    let (hash, signature) = (hex(&Sha256::digest(message)), BASE64.encode(signature));
    let certificate = BASE64.encode(certificate.as_bytes());
    format!(
        r#"{{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{{"data":{{"hash":{{"algorithm":"sha256","value":"{hash}"}}}},"signature":{{"content":"{signature}","publicKey":{{"content":"{certificate}"}}}}}}}}"#
    )
    .into_bytes()
}

/// The entry of an envelope.
pub(super) fn envelope(
    envelope: &Value,
    payload: &[u8],
    signature: &str,
    certificate: &str,
) -> Vec<u8> {
    let whole = hex(&Sha256::digest(envelope.to_string()));
    let payload = hex(&Sha256::digest(payload));
    let certificate = BASE64.encode(certificate.as_bytes());
    format!(
        r#"{{"apiVersion":"0.0.1","kind":"dsse","spec":{{"envelopeHash":{{"algorithm":"sha256","value":"{whole}"}},"payloadHash":{{"algorithm":"sha256","value":"{payload}"}},"signatures":[{{"signature":"{signature}","verifier":"{certificate}"}}]}}}}"#
    )
    .into_bytes()
}
