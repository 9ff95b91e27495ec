//! Judging one bundle: the cryptography, then who signed.

use crate::artifact::WHOLE;
use crate::{
    Artifact, Bundle, Claims, Digest, Identity, Key, Log, Policy, Reason, Rejection, Root, Signer,
};
use crate::{claims, root};
use jiff::Timestamp;
use sigstore_verify::types::bundle::VerificationMaterialContent;
use sigstore_verify::types::{ArtifactDigest, Sha256Hash, SignatureContent};
use sigstore_verify::{
    Error, Policy as Rules, PublicKeyVerificationPolicy, VerificationPolicy, VerificationResult,
};
use std::fs::File;
use std::io::{self, Read as _};

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
        if let Err(rejection) = allowed_type(bundle, policy) {
            return Ok(Err(rejection));
        }
        let judged = match &policy.signer {
            Signer::Identity(identity) => self.by_identity(artifact, bundle, identity, now)?,
            Signer::Key(key) => self.by_key(artifact, bundle, key, policy.log, now)?,
        };
        let Judged { result, root, claims, key } = match judged {
            Ok(judged) => judged,
            Err(rejection) => return Ok(Err(rejection)),
        };
        let times = result.as_ref().map_or(&[][..], VerificationResult::verified_timestamps);
        let first =
            times.iter().min().and_then(|time| Timestamp::from_second(time.as_second()).ok());
        Ok(Ok(Verified {
            digest: artifact.digest()?,
            claims,
            key,
            predicate_type: bundle.predicate_type().map(str::to_owned),
            signed_at: first,
            is_logged: result.as_ref().is_some_and(VerificationResult::tlog_verified),
            root,
        }))
    }

    fn by_identity(
        &self,
        artifact: &Artifact,
        bundle: &Bundle,
        identity: &Identity,
        now: Timestamp,
    ) -> io::Result<Result<Judged, Rejection>> {
        let Some(certificate) = bundle.certificate() else {
            return Ok(Err(Rejection::new(
                Reason::IdentityNotAllowed,
                "it is signed with a key, and an identity is expected",
            )
            .hint("give the key with `key`")));
        };
        // Before anything rests on it: the package reads it less strictly.
        let claims = match Claims::of(certificate) {
            Ok(claims) => claims,
            Err(rejection) => return Ok(Err(rejection)),
        };
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
            match cryptography(root, artifact, bundle, &rules, now)? {
                Ok(result) => {
                    return Ok(identity.check(&claims).map(|()| Judged {
                        result: Some(result),
                        root: Some(root.name().to_owned()),
                        claims: Some(claims),
                        key: None,
                    }));
                }
                Err(why) => rejection = why,
            }
        }
        Ok(Err(rejection))
    }

    fn by_key(
        &self,
        artifact: &Artifact,
        bundle: &Bundle,
        key: &Key,
        log: Log,
        now: Timestamp,
    ) -> io::Result<Result<Judged, Rejection>> {
        let content = &bundle.inner.verification_material.content;
        if !matches!(content, VerificationMaterialContent::PublicKey(_)) {
            return Ok(Err(Rejection::new(
                Reason::IdentityNotAllowed,
                "it is signed with a certificate, and a key is expected",
            )
            .hint("name who may sign with `certificate-identity`")));
        }
        let judged = |result, root: Option<&Root>| Judged {
            result,
            root: root.map(|root| root.name().to_owned()),
            claims: None,
            key: Some(key.fingerprint()),
        };
        if log == Log::Ignored {
            return Ok(alone(artifact, bundle, key)?.map(|()| judged(None, None)));
        }
        if !bundle.has_evidence() {
            return Ok(Err(Rejection::invalid("the signature is in no log")
                .hint("if you sign without the log, set `transparency-log: ignore`")));
        }
        let mut rejection = Rejection::invalid("there is no trusted root");
        for root in self.roots.iter().filter(|root| !root.is_without_logs()) {
            let rules = PublicKeyVerificationPolicy::new(key.der.clone());
            match cryptography(root, artifact, bundle, &rules, now)? {
                Ok(result) => return Ok(Ok(judged(Some(result), Some(root)))),
                Err(why) => rejection = why,
            }
        }
        Ok(Err(rejection))
    }
}

/// What a sound signature rests on.
struct Judged {
    result: Option<VerificationResult>,
    root: Option<String>,
    claims: Option<Claims>,
    key: Option<String>,
}

fn allowed_type(bundle: &Bundle, policy: &Policy) -> Result<(), Rejection> {
    match bundle.predicate_type() {
        Some(kind) if !policy.predicate_types.is_empty() => {
            if policy.predicate_types.iter().any(|allowed| allowed == kind) {
                return Ok(());
            }
            let shown: String = kind.chars().take(200).collect();
            let expected = policy.predicate_types.join(", ");
            Err(Rejection {
                mismatches: vec![crate::Mismatch {
                    claim: "predicate-type".to_owned(),
                    expected,
                    actual: Some(shown.clone()),
                }],
                ..Rejection::new(
                    Reason::IdentityNotAllowed,
                    format!("it attests to `{shown}`, which is not asked for"),
                )
            })
        }
        _ => Ok(()),
    }
}

/// A key's signature with nothing beside it.
fn alone(artifact: &Artifact, bundle: &Bundle, key: &Key) -> io::Result<Result<(), Rejection>> {
    let digest = artifact.digest()?;
    Ok(match &bundle.inner.content {
        SignatureContent::DsseEnvelope(envelope) if bundle.names(&digest) => {
            key.check(&envelope.pae(), &envelope.signature.sig)
        }
        SignatureContent::DsseEnvelope(_) => {
            Err(Rejection::invalid("the statement is of another artifact"))
        }
        SignatureContent::MessageSignature(message) => match artifact {
            Artifact::File(path) => match whole(path)? {
                Some(bytes) => key.check(&bytes, &message.signature),
                None => Err(Rejection::unsupported("the file is too large for such a signature")),
            },
            Artifact::Digest(_) => key.check_digest(&digest, &message.signature),
        },
        _ => Err(Rejection::unsupported("the bundle holds a signature of an unknown kind")),
    })
}

fn whole(path: &std::path::Path) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(WHOLE + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= WHOLE).then_some(bytes))
}

/// All but who signed.
fn cryptography(
    root: &root::Root,
    artifact: &Artifact,
    bundle: &Bundle,
    rules: &impl Rules,
    now: Timestamp,
) -> io::Result<Result<VerificationResult, Rejection>> {
    if let Some(rejection) = unknown_log(root, bundle, now) {
        return Ok(Err(rejection));
    }
    let verifier = root.verifier();
    let judged = match artifact {
        Artifact::Digest(digest) => {
            let digest = ArtifactDigest::sha256(Sha256Hash::new(*digest.bytes()));
            verifier.verify(digest, &bundle.inner, rules)
        }
        Artifact::File(path) => {
            match verifier.verify_reader(File::open(path)?, &bundle.inner, rules) {
                Err(Error::UnsupportedArtifact(why)) => match whole(path)? {
                    Some(bytes) => verifier.verify(bytes.as_slice(), &bundle.inner, rules),
                    None => Err(Error::UnsupportedArtifact(why)),
                },
                judged => judged,
            }
        }
    };
    Ok(match judged {
        Ok(result) => Ok(result),
        Err(Error::ArtifactRead(error)) => return Err(error),
        Err(error) => Err(rejection(&error)),
    })
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
