//! Judging one bundle: the cryptography, then who signed.

use crate::artifact::Content;
use crate::claims;
use crate::{
    Artifact, Bundle, COSIGN_SIGNATURE, Claims, Digest, Identity, Key, Log, Mismatch, Policy,
    Reason, Rejection, Root, Signer,
};
use jiff::Timestamp;
use sigstore_verify::types::bundle::VerificationMaterialContent;
use sigstore_verify::types::{ArtifactDigest, Sha256Hash, SignatureContent};
use sigstore_verify::{
    Error, Policy as Rules, PublicKeyVerificationPolicy, VerificationPolicy, VerificationResult,
};
use std::io;

/// A signature that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Of what.
    pub digest: Digest,
    /// Who signed, where it was with a certificate.
    pub claims: Option<Claims>,
    /// Fingerprint of the key, where it was with a key.
    pub key: Option<String>,
    /// The type of attestation; `None` for a plain signature.
    pub predicate_type: Option<String>,
    /// When it was signed, by a log or a clock that is trusted.
    pub signed_at: Option<Timestamp>,
    /// Whether it is proven to be in a log.
    pub is_logged: bool,
    /// The root that it rests on; `None` for a key alone.
    pub root: Option<String>,
}

/// Judges by some roots.
#[derive(Debug)]
pub struct Verifier {
    roots: Vec<Root>,
}

impl Verifier {
    /// Judges by these roots, of which the first that knows the signer's authority counts.
    pub const fn new(roots: Vec<Root>) -> Self {
        Self { roots }
    }

    /// Its roots.
    pub fn roots(&self) -> &[Root] {
        &self.roots
    }

    /// Whether this bundle, by this policy, vouches for this artifact; `now` tells the age of roots.
    ///
    /// # Errors
    /// The artifact is a file that cannot be read.
    pub fn verify(
        &self,
        artifact: &Artifact,
        bundle: &Bundle,
        policy: &Policy,
        now: Timestamp,
    ) -> io::Result<Result<Verified, Rejection>> {
        Ok(self.verify_content(&artifact.read()?, bundle, policy, now))
    }

    pub(crate) fn verify_content(
        &self,
        content: &Content,
        bundle: &Bundle,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Verified, Rejection> {
        allowed_type(bundle, policy)?;
        let judged = match &policy.signer {
            Signer::Identity(identity) => self.by_identity(content, bundle, identity, now)?,
            Signer::Key(key) => self.by_key(content, bundle, key, policy.log, now)?,
        };
        let Judged { result, root, claims, key } = judged;
        let times = result.as_ref().map_or(&[][..], VerificationResult::verified_timestamps);
        let first = times.iter().min().map(|time| time.as_second());
        Ok(Verified {
            digest: content.digest,
            claims,
            key,
            predicate_type: bundle.predicate_type().map(str::to_owned),
            signed_at: first.and_then(|second| Timestamp::from_second(second).ok()),
            is_logged: result.as_ref().is_some_and(VerificationResult::tlog_verified),
            root,
        })
    }

    fn by_identity(
        &self,
        content: &Content,
        bundle: &Bundle,
        identity: &Identity,
        now: Timestamp,
    ) -> Result<Judged, Rejection> {
        let Some(certificate) = bundle.certificate() else {
            let detail = "the bundle is signed with a key, but an identity is expected";
            return Err(Rejection::new(Reason::IdentityNotAllowed, detail)
                .hint("set `key` to the public key"));
        };
        // Before anything rests on it: the package reads it less strictly.
        let claims = Claims::of(certificate)?;
        let issuer = claims::issuer_name(certificate).unwrap_or_default();
        let mut rejection = Rejection::invalid("there is no trusted root");
        let knows = |root: &&Root| root.has_authority(&issuer);
        let known: Vec<&Root> = self.roots.iter().filter(knows).collect();
        let tried = if known.is_empty() { self.roots.iter().take(1).collect() } else { known };
        for root in tried {
            let rules = VerificationPolicy::any_identity();
            let rules = match root.is_without_logs() {
                true => rules.skip_tlog_unsafe().skip_sct(),
                false => rules,
            };
            match cryptography(root, content, bundle, &rules, now) {
                Ok(result) => {
                    identity.check(&claims)?;
                    return Ok(Judged {
                        result: Some(result),
                        root: Some(root.name().to_owned()),
                        claims: Some(claims),
                        key: None,
                    });
                }
                Err(why) => rejection = why,
            }
        }
        Err(rejection)
    }

    fn by_key(
        &self,
        content: &Content,
        bundle: &Bundle,
        key: &Key,
        log: Log,
        now: Timestamp,
    ) -> Result<Judged, Rejection> {
        let material = &bundle.inner.verification_material.content;
        if !matches!(material, VerificationMaterialContent::PublicKey(_)) {
            let detail = "the bundle is signed with a certificate, but a key is expected";
            return Err(Rejection::new(Reason::IdentityNotAllowed, detail)
                .hint("set `certificate-identity` to the expected signer"));
        }
        let judged = |result, root: Option<&Root>| Judged {
            result,
            root: root.map(|root| root.name().to_owned()),
            claims: None,
            key: Some(key.fingerprint()),
        };
        if log == Log::Ignored {
            return alone(content, bundle, key).map(|()| judged(None, None));
        }
        if !bundle.has_evidence() {
            return Err(Rejection::invalid("the signature has no entry in a transparency log")
                .hint("if you sign without a log, set `transparency-log: ignore`"));
        }
        let mut rejection = Rejection::invalid("there is no trusted root");
        for root in self.roots.iter().filter(|root| !root.is_without_logs()) {
            let rules = PublicKeyVerificationPolicy::new(key.der.clone());
            match cryptography(root, content, bundle, &rules, now) {
                Ok(result) => return Ok(judged(Some(result), Some(root))),
                Err(why) => rejection = why,
            }
        }
        Err(rejection)
    }
}

/// What a sound signature rests on.
struct Judged {
    result: Option<VerificationResult>,
    root: Option<String>,
    claims: Option<Claims>,
    key: Option<String>,
}

/// Whether it is of a type that counts. A plain signature says what cosign's attestation says.
fn allowed_type(bundle: &Bundle, policy: &Policy) -> Result<(), Rejection> {
    let kind = bundle.predicate_type().unwrap_or(COSIGN_SIGNATURE);
    let allowed = &policy.predicate_types;
    if allowed.is_empty() || allowed.iter().any(|allowed| allowed == kind) {
        return Ok(());
    }
    let shown: String = kind.chars().take(200).collect();
    let detail = format!("predicate type `{shown}` is not accepted");
    let mismatch = Mismatch {
        claim: "predicate-type".to_owned(),
        expected: allowed.join(", "),
        actual: Some(shown),
    };
    Err(Rejection {
        mismatches: vec![mismatch],
        ..Rejection::new(Reason::IdentityNotAllowed, detail)
    })
}

/// A key's signature with nothing beside it.
fn alone(content: &Content, bundle: &Bundle, key: &Key) -> Result<(), Rejection> {
    match &bundle.inner.content {
        SignatureContent::DsseEnvelope(envelope) if bundle.names(&content.digest) => {
            key.check(&envelope.pae(), &envelope.signature.sig)
        }
        SignatureContent::DsseEnvelope(_) => {
            Err(Rejection::invalid("the statement is about another artifact"))
        }
        SignatureContent::MessageSignature(message) => match &content.bytes {
            Some(bytes) => key.check(bytes, &message.signature),
            None => key.check_digest(&content.digest, &message.signature),
        },
        _ => Err(Rejection::unsupported("the kind of signature in the bundle is not supported")),
    }
}

/// All but who signed.
fn cryptography(
    root: &Root,
    content: &Content,
    bundle: &Bundle,
    rules: &impl Rules,
    now: Timestamp,
) -> Result<VerificationResult, Rejection> {
    if let Some(rejection) = unknown_log(root, bundle, now) {
        return Err(rejection);
    }
    let verifier = root.verifier();
    let judged = match &content.bytes {
        Some(bytes) => verifier.verify(bytes.as_slice(), &bundle.inner, rules),
        None => {
            let digest = ArtifactDigest::sha256(Sha256Hash::new(*content.digest.bytes()));
            verifier.verify(digest, &bundle.inner, rules)
        }
    };
    judged.map_err(|error| rejection(&error))
}

/// A log that the root does not have.
fn unknown_log(root: &Root, bundle: &Bundle, now: Timestamp) -> Option<Rejection> {
    if root.is_without_logs() {
        return None;
    }
    let entries = &bundle.inner.verification_material.tlog_entries;
    let entry = entries.iter().find(|entry| !root.has_log(entry.log_id.key_id.as_bytes()))?;
    let detail =
        format!("log {} is not in the trusted root `{}`", entry.log_id.key_id, root.name());
    Some(match root.age_in_days(now).filter(|_| root.is_old(now)) {
        Some(days) => Rejection::new(
            Reason::RootTooOld,
            format!("{detail}, which is {days} days old"),
        )
        .hint(
            "give a newer root with `trusted-root`, such as `gh attestation trusted-root` writes",
        ),
        None => Rejection::invalid(detail),
    })
}

fn rejection(error: &Error) -> Rejection {
    match error {
        Error::UnsupportedBundle(_) | Error::UnsupportedArtifact(_) => {
            Rejection::unsupported(error.to_string())
        }
        _ => Rejection::invalid(error.to_string()),
    }
}
