//! cosign's signatures from before bundles: a layer with a payload, and annotations beside it.
//! <https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md>

use crate::{Bundle, Digest, Rejection};
use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The media type of the layer.
pub const LEGACY_LAYER: &str = "application/vnd.dev.cosign.simplesigning.v1+json";

/// Largest payload and largest annotation, bytes.
const BYTES: usize = 1 << 20;
/// What the payload says that it is.
const KIND: &str = "cosign container image signature";

const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
const CERTIFICATE: &str = "dev.sigstore.cosign/certificate";
const CHAIN: &str = "dev.sigstore.cosign/chain";
const LOG: &str = "dev.sigstore.cosign/bundle";
const TIMESTAMP: &str = "dev.sigstore.cosign/rfc3161timestamp";

/// The annotations of a layer.
pub type Annotations = BTreeMap<String, String>;

/// What the log answered, as cosign keeps it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LogAnswer {
    signed_entry_timestamp: String,
    payload: LogPayload,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogPayload {
    body: String,
    integrated_time: i64,
    log_index: i64,
    #[serde(rename = "logID")]
    log_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EntryBody {
    kind: String,
    api_version: String,
}

#[derive(Deserialize)]
struct Payload {
    critical: Critical,
}

#[derive(Deserialize)]
struct Critical {
    image: Image,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Image {
    #[serde(rename = "docker-manifest-digest")]
    digest: String,
}

/// A bundle of version 0.1 made of a layer, and the digest of the image that its payload is of. The payload
/// is what was signed.
///
/// # Errors
/// Something is missing, too large or not understood.
pub(crate) fn read(
    payload: &[u8],
    annotations: &Annotations,
) -> Result<(Bundle, Digest), Rejection> {
    if payload.len() > BYTES || annotations.values().any(|value| value.len() > BYTES) {
        return Err(Rejection::unsupported("the signature is larger than 1 MiB"));
    }
    let cannot = |what: &str, error: &dyn std::fmt::Display| {
        Rejection::invalid(format!("the {what} cannot be read: {error}"))
    };
    let signed: Payload =
        serde_json::from_slice(payload).map_err(|error| cannot("payload", &error))?;
    if signed.critical.kind != KIND {
        let kind: String = signed.critical.kind.chars().take(100).collect();
        return Err(Rejection::unsupported(format!("payload type `{kind}` is not supported")));
    }
    let image = Digest::parse(&signed.critical.image.digest)
        .ok_or_else(|| Rejection::invalid("the payload has no image digest"))?;
    let annotation =
        |name: &str| annotations.get(name).map(String::as_str).filter(|it| !it.is_empty());
    let signature =
        annotation(SIGNATURE).ok_or_else(|| Rejection::invalid("the layer has no signature"))?;
    let mut material = match annotation(CERTIFICATE) {
        Some(leaf) => {
            let mut certificates = certificates(leaf)?;
            certificates.extend(annotation(CHAIN).map_or(Ok(Vec::new()), certificates_below_root)?);
            json!({"x509CertificateChain": {"certificates": certificates}})
        }
        None => json!({"publicKey": {"hint": ""}}),
    };
    if let Some(answer) = annotation(LOG) {
        material["tlogEntries"] =
            json!([entry(answer).map_err(|what| cannot("log entry", &what))?]);
    }
    if let Some(timestamp) = annotation(TIMESTAMP) {
        let timestamp: Value =
            serde_json::from_str(timestamp).map_err(|error| cannot("timestamp", &error))?;
        let token = json!([{"signedTimestamp": timestamp["SignedRFC3161Timestamp"]}]);
        material["timestampVerificationData"] = json!({"rfc3161Timestamps": token});
    }
    let bundle = json!({
        "mediaType": "application/vnd.dev.sigstore.bundle+json;version=0.1",
        "verificationMaterial": material,
        "messageSignature": {
            "messageDigest": {
                "algorithm": "SHA2_256",
                "digest": BASE64.encode(Digest::of(payload).bytes()),
            },
            "signature": signature,
        },
    });
    Ok((Bundle::without_rules(bundle.to_string().as_bytes())?, image))
}

fn entry(answer: &str) -> Result<Value, String> {
    let LogAnswer { signed_entry_timestamp, payload } =
        serde_json::from_str(answer).map_err(|error| error.to_string())?;
    let body = BASE64.decode(payload.body.as_bytes()).map_err(|error| error.to_string())?;
    let kind: EntryBody = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
    let log_id = HEXLOWER_PERMISSIVE.decode(payload.log_id.as_bytes());
    let log_id = log_id.map_err(|error| error.to_string())?;
    Ok(json!({
        "logIndex": payload.log_index.to_string(),
        "logId": {"keyId": BASE64.encode(&log_id)},
        "kindVersion": {"kind": kind.kind, "version": kind.api_version},
        "integratedTime": payload.integrated_time.to_string(),
        "inclusionPromise": {"signedEntryTimestamp": signed_entry_timestamp},
        "canonicalizedBody": payload.body,
    }))
}

/// Certificates in PEM, as a bundle has them.
fn certificates(pem: &str) -> Result<Vec<Value>, Rejection> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";
    let mut certificates = Vec::new();
    for part in pem.split(BEGIN).skip(1) {
        let body = part.split_once(END).map(|(body, _)| body);
        let body = body.ok_or_else(|| Rejection::invalid("a certificate does not end"))?;
        let body: String = body.split_whitespace().collect();
        certificates.push(json!({"rawBytes": body}));
    }
    match certificates.is_empty() {
        true => Err(Rejection::invalid("there is no certificate in the annotation")),
        false => Ok(certificates),
    }
}

/// What stands between the signer and the root; the root itself comes from us.
fn certificates_below_root(pem: &str) -> Result<Vec<Value>, Rejection> {
    let mut chain = certificates(pem)?;
    chain.pop();
    Ok(chain)
}
