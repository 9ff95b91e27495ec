//! What a verb leaves.

use robot_sigstore::{Claim, Claims, Judgement, Mismatch, Reason, Verified};
use schemars::JsonSchema;
use serde::Serialize;

/// Near misses that are told; there may be as many signatures as somebody pushes.
const SHOWN: usize = 20;

/// Who signed, or who else did.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// Digest that the signature is of, where it counts: `sha256:…`
    pub digest: Option<String>,
    /// Who signed: the identity of the certificate
    pub subject: Option<String>,
    /// Who vouches for that identity
    pub issuer: Option<String>,
    /// Fingerprint of the key (SHA-256), where it was signed with a key
    pub key: Option<String>,
    /// Repository that was built, as the certificate names it
    pub source_repository: Option<String>,
    /// Commit that was built
    pub source_commit: Option<String>,
    /// Ref that was built
    pub source_ref: Option<String>,
    /// Type of the attestation (in-toto); empty for a plain signature
    pub predicate_type: Option<String>,
    /// When it was signed, by a trusted log or clock
    pub signed_at: Option<String>,
    /// All claims of the certificate, as JSON
    pub claims: Option<Claims>,
    /// Signatures that do not count, and why, as JSON
    pub near_misses: Vec<NearMiss>,
}

/// A signature that does not count.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct NearMiss {
    /// Where it was found
    pub found: String,
    /// Why it does not count
    pub reason: Reason,
    /// In a sentence
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
