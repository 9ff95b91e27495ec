//! What was found beside an artifact, and what the whole of it comes to.

use crate::artifact::Content;
use crate::legacy::{self, Annotations};
use crate::{Artifact, Bundle, Digest, Policy, Rejection, Verified, Verifier};
use jiff::Timestamp;
use std::io;

/// Signatures of one artifact that are judged; whoever may push to a registry can add any number.
const MOST: usize = 64;

/// Something that may be a signature, and where it was found.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// `referrer sha256:…`, `tag sha256-….sig`, `a.sigstore.json`.
    pub found: String,
    signature: Result<Signature, Rejection>,
}

#[derive(Debug, Clone)]
struct Signature {
    bundle: Bundle,
    /// What was signed in the artifact's place, and the artifact that it names.
    stands_for: Option<(Digest, Digest)>,
}

impl Candidate {
    /// A bundle.
    pub fn bundle(found: impl Into<String>, bytes: &[u8]) -> Self {
        let signature = Bundle::parse(bytes).map(|bundle| Signature { bundle, stands_for: None });
        Self { found: found.into(), signature }
    }

    /// A layer of cosign's older signatures.
    pub fn legacy(found: impl Into<String>, payload: &[u8], annotations: &Annotations) -> Self {
        let signature = legacy::read(payload, annotations).map(|(bundle, image)| Signature {
            bundle,
            stands_for: Some((Digest::of(payload), image)),
        });
        Self { found: found.into(), signature }
    }

    /// Something that cannot be a signature for us.
    pub fn unsupported(found: impl Into<String>, what: impl Into<String>) -> Self {
        Self { found: found.into(), signature: Err(Rejection::unsupported(what)) }
    }
}

/// What all candidates come to.
#[derive(Debug, Clone, Default)]
pub struct Judgement {
    /// The first that counts, and where it was found.
    pub verified: Option<(String, Verified)>,
    /// Those before it that do not, and why not.
    pub rejected: Vec<(String, Rejection)>,
    /// How many were not looked at, as there are too many.
    pub unseen: usize,
}

impl Verifier {
    /// Judges candidates until one counts.
    ///
    /// # Errors
    /// The artifact is a file that cannot be read.
    pub fn judge(
        &self,
        artifact: &Artifact,
        candidates: &[Candidate],
        policy: &Policy,
        now: Timestamp,
    ) -> io::Result<Judgement> {
        let content = artifact.read()?;
        let unseen = candidates.len().saturating_sub(MOST);
        let mut judgement = Judgement { verified: None, rejected: Vec::new(), unseen };
        for Candidate { found, signature } in candidates.iter().take(MOST) {
            let judged = match signature {
                Ok(signature) => self.judge_one(&content, signature, policy, now),
                Err(rejection) => Err(rejection.clone()),
            };
            match judged {
                Ok(verified) => {
                    judgement.verified = Some((found.clone(), verified));
                    break;
                }
                Err(rejection) => judgement.rejected.push((found.clone(), rejection)),
            }
        }
        Ok(judgement)
    }

    fn judge_one(
        &self,
        content: &Content,
        signature: &Signature,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Verified, Rejection> {
        let Some((payload, image)) = signature.stands_for else {
            return self.verify_content(content, &signature.bundle, policy, now);
        };
        if image != content.digest {
            return Err(Rejection::invalid(format!("the signature is for {image}")));
        }
        let payload = Content { digest: payload, bytes: None };
        let verified = self.verify_content(&payload, &signature.bundle, policy, now)?;
        Ok(Verified { digest: content.digest, ..verified })
    }
}
