//! Outputs of both verbs.

use robot_sigstore::{Claim, Claims, Judgement, Mismatch, Reason, Verified};
use schemars::JsonSchema;
use serde::Serialize;

/// Rejected signatures in the output; anyone who can push can add signatures.
const SHOWN: usize = 20;

/// The signer, or why each signature was rejected.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// Digest that was verified: `sha256:…`
    pub digest: Option<String>,
    /// Image with the verified digest, to deploy: `ghcr.io/acme/robot@sha256:…`
    pub image: Option<String>,
    /// Digest of the image for `platform`
    pub platform_digest: Option<String>,
    /// Identity of the signer, from the certificate
    pub subject: Option<String>,
    /// Issuer of that identity
    pub issuer: Option<String>,
    /// SHA-256 of the public key, if the signer used a key
    pub key: Option<String>,
    /// Repository of the build, from the certificate
    pub source_repository: Option<String>,
    /// Commit of the build
    pub source_commit: Option<String>,
    /// Git ref of the build
    pub source_ref: Option<String>,
    /// Type of the attestation (in-toto); empty for a plain signature
    pub predicate_type: Option<String>,
    /// Time of the signature, from a trusted log or timestamp
    pub signed_at: Option<String>,
    /// All claims of the certificate, as JSON
    pub claims: Option<Claims>,
    /// Rejected signatures with their reasons, as JSON
    pub near_misses: Vec<NearMiss>,
}

/// A rejected signature.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct NearMiss {
    /// Where it was found
    pub found: String,
    /// Why it was rejected
    pub reason: Reason,
    /// The reason in one sentence
    pub detail: String,
    /// Claims that are not as expected
    pub mismatches: Vec<Mismatch>,
}

impl Output {
    pub(crate) fn of(judgement: &Judgement) -> Self {
        let near_misses = judgement.rejected.iter().take(SHOWN);
        let near_misses = near_misses.map(|(found, rejection)| NearMiss {
            found: found.clone(),
            reason: rejection.reason,
            detail: rejection.detail.clone(),
            mismatches: rejection.mismatches.clone(),
        });
        let output = Self { near_misses: near_misses.collect(), ..Self::default() };
        match &judgement.verified {
            Some((_, verified)) => output.with(verified),
            None => output,
        }
    }

    fn with(self, verified: &Verified) -> Self {
        let claims = verified.claims.as_ref();
        let claim = |claim| claims.and_then(|claims| claims.get(claim)).map(str::to_owned);
        Self {
            digest: Some(verified.digest.to_string()),
            subject: claim(Claim::Subject),
            issuer: claim(Claim::Issuer),
            key: verified.key.clone(),
            source_repository: claim(Claim::SourceRepository),
            source_commit: claim(Claim::SourceCommit),
            source_ref: claim(Claim::SourceRef),
            predicate_type: verified.predicate_type.clone(),
            signed_at: verified.signed_at.map(|time| time.to_string()),
            claims: verified.claims.clone(),
            ..self
        }
    }
}
