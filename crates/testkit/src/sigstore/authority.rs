//! An authority that gives certificates for ten minutes, and its log of them.
//! <https://github.com/sigstore/fulcio/blob/main/docs/certificate-specification.md>

use super::signer::{fulcio, raw_issuer};
use super::{TestSigner, key_id, now, rfc3339, spki, trusted_key};
use data_encoding::BASE64;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType, SerialNumber,
    SigningKey as _,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::time::Duration;

/// The list of signed certificate timestamps (RFC 6962, section 3.3).
const TIMESTAMPS: [u64; 10] = [1, 3, 6, 1, 4, 1, 11129, 2, 4, 2];

#[derive(Debug)]
pub(super) struct Authority {
    root: Vec<u8>,
    intermediate: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
    log: KeyPair,
}

/// A certificate and its key.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) key: KeyPair,
    pub(super) der: Vec<u8>,
}

impl Leaf {
    pub(super) fn pem(&self) -> String {
        pem(&self.der)
    }
}

impl Authority {
    /// An authority; one that ran out has a certificate that ended that long ago.
    pub(super) fn new(ran_out: Option<Duration>) -> Self {
        let (from, to) = (now() - 86_400 * 30, now() + 86_400 * 365);
        let root_params = params("root", from, to, IsCa::Ca(BasicConstraints::Unconstrained));
        let root_key = KeyPair::generate().unwrap();
        let root = root_params.self_signed(&root_key).unwrap();
        let root_issuer = Issuer::new(root_params, root_key);
        let to = ran_out.map_or(to, |ago| now() - ago.as_secs());
        let mut params =
            params("intermediate", from, to, IsCa::Ca(BasicConstraints::Constrained(0)));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
        let key = KeyPair::generate().unwrap();
        let intermediate = params.signed_by(&key, &root_issuer).unwrap();
        Self {
            root: root.der().to_vec(),
            intermediate: intermediate.der().to_vec(),
            issuer: Issuer::new(params, key),
            log: KeyPair::generate().unwrap(),
        }
    }

    /// As a root lists it.
    pub(super) fn trusted(&self) -> Value {
        let certificates = [&self.intermediate, &self.root];
        let certificates = certificates.map(|der| json!({"rawBytes": BASE64.encode(der)}));
        json!({
            "subject": {"organization": "test", "commonName": "intermediate"},
            "uri": "https://fulcio.example.com",
            "certChain": {"certificates": certificates},
            "validFor": {"start": rfc3339(now() - 86_400)},
        })
    }

    /// Its log, as a root lists it.
    pub(super) fn trusted_log(&self) -> Value {
        json!({
            "baseUrl": "https://ctfe.example.com",
            "hashAlgorithm": "SHA2_256",
            "publicKey": trusted_key(&self.log),
            "logId": {"keyId": BASE64.encode(&key_id(&self.log))},
        })
    }

    /// What stands above a certificate, in PEM.
    pub(super) fn chain(&self) -> String {
        pem(&self.intermediate) + &pem(&self.root)
    }

    /// A certificate for a signer, made a minute ago.
    pub(super) fn issue(&self, signer: &TestSigner) -> Leaf {
        let key = KeyPair::generate().unwrap();
        let mut params = params("", now() - 60, now() + 540, IsCa::NoCa);
        params.distinguished_name = DistinguishedName::new();
        params.serial_number = Some(SerialNumber::from(now()));
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
        params.subject_alt_names = vec![SanType::URI(signer.subject.as_str().try_into().unwrap())];
        let texts = signer.claims.iter().map(|(number, text)| (fulcio(*number), utf8_string(text)));
        let extensions = [raw_issuer()].into_iter().chain(texts);
        params.custom_extensions = extensions
            .chain(signer.extensions.iter().cloned())
            .map(|(id, content)| CustomExtension::from_oid_content(&id, content))
            .collect();
        // The log signs the certificate without its own signature in it (RFC 6962, section 3.2).
        let before = params.signed_by(&key, &self.issuer).unwrap();
        let timestamps = self.timestamps(to_be_signed(before.der()));
        let timestamps = CustomExtension::from_oid_content(&TIMESTAMPS, timestamps);
        params.custom_extensions.push(timestamps);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Leaf { key, der: certificate.der().to_vec() }
    }

    /// The extension's content with one timestamp for what is to be signed (RFC 6962, section 3.2).
    fn timestamps(&self, certificate: &[u8]) -> Vec<u8> {
        let milliseconds = (now() - 60) * 1000;
        let mut signed = vec![0, 0];
        signed.extend(milliseconds.to_be_bytes());
        signed.extend([0, 1]);
        signed.extend(Sha256::digest(spki(self.issuer.key())));
        signed.extend(&(certificate.len() as u32).to_be_bytes()[1..]);
        signed.extend(certificate);
        signed.extend([0, 0]);
        let signature = self.log.sign(&signed).unwrap();
        let mut timestamp = vec![0];
        timestamp.extend(key_id(&self.log));
        timestamp.extend(milliseconds.to_be_bytes());
        // No extensions; SHA-256 with ECDSA.
        timestamp.extend([0, 0, 4, 3]);
        timestamp.extend((signature.len() as u16).to_be_bytes());
        timestamp.extend(signature);
        let mut list = (timestamp.len() as u16 + 2).to_be_bytes().to_vec();
        list.extend((timestamp.len() as u16).to_be_bytes());
        list.extend(timestamp);
        der(4, &list)
    }
}

fn params(name: &str, from: u64, to: u64, is_ca: IsCa) -> CertificateParams {
    let mut params = CertificateParams::default();
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    params.not_before = epoch + Duration::from_secs(from);
    params.not_after = epoch + Duration::from_secs(to);
    if matches!(is_ca, IsCa::Ca(_)) {
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    }
    params.is_ca = is_ca;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "test");
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn utf8_string(text: &str) -> Vec<u8> {
    der(12, text.as_bytes())
}

/// A value with its tag and length (X.690, section 8.1).
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut encoded = vec![tag];
    match content.len() {
        short @ 0..=127 => encoded.push(short as u8),
        long => {
            encoded.push(0x82);
            encoded.extend((long as u16).to_be_bytes());
        }
    }
    encoded.extend(content);
    encoded
}

/// The first part of a certificate, with its tag and length.
fn to_be_signed(certificate: &[u8]) -> &[u8] {
    let header = |bytes: &[u8]| match bytes[1] {
        short @ 0..=127 => (2, usize::from(short)),
        0x81 => (3, usize::from(bytes[2])),
        _ => (4, usize::from(bytes[2]) << 8 | usize::from(bytes[3])),
    };
    let inner = &certificate[header(certificate).0..];
    let (head, length) = header(inner);
    &inner[..head + length]
}

fn pem(der: &[u8]) -> String {
    let text = BASE64.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}
