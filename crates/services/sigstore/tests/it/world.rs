//! An instance, a verifier that rests on it, and what most tests sign.

use robot_sigstore::{
    Artifact, Bundle, Candidate, Digest, Identity, Judgement, Policy, Preset, Reason, Rejection,
    Root, Signer, Source, Verified, Verifier,
};
use robot_testkit::{TestSigner, TestSigstore};
use serde_json::Value;

pub(crate) const MAIN: &str = "refs/heads/main";

pub(crate) struct World {
    pub(crate) sigstore: TestSigstore,
    verifier: Verifier,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::of(TestSigstore::new())
    }

    pub(crate) fn of(sigstore: TestSigstore) -> Self {
        let root = sigstore.trusted_root();
        Self { verifier: resting_on(&root), sigstore }
    }

    /// A bundle by the release workflow of acme/robot on this digest.
    pub(crate) fn attested(&self, digest: &Digest) -> Value {
        let kind = robot_sigstore::COSIGN_SIGNATURE;
        self.sigstore.attest(&workflow(), &digest.to_string(), kind)
    }

    pub(crate) fn judge(
        &self,
        bundle: &Value,
        artifact: &Artifact,
        identity: Identity,
    ) -> Result<Verified, Rejection> {
        let policy = Policy::of(Signer::Identity(identity));
        self.judge_by(bundle, artifact, &policy)
    }

    pub(crate) fn judge_by(
        &self,
        bundle: &Value,
        artifact: &Artifact,
        policy: &Policy,
    ) -> Result<Verified, Rejection> {
        let bundle = Bundle::parse(bundle.to_string().as_bytes())?;
        self.verifier.verify(artifact, &bundle, policy, now()).unwrap()
    }

    pub(crate) fn judge_all(&self, artifact: &Artifact, candidates: &[Candidate]) -> Judgement {
        let policy = Policy::of(Signer::Identity(own()));
        self.verifier.judge(artifact, candidates, &policy, now()).unwrap()
    }
}

pub(crate) fn resting_on(root: &Value) -> Verifier {
    Verifier::new(Root::read("test", root.to_string().as_bytes()).unwrap())
}

pub(crate) fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

pub(crate) fn image() -> Digest {
    Digest::of(b"an image")
}

pub(crate) fn workflow() -> TestSigner {
    TestSigner::workflow("acme/robot", "release.yml", MAIN)
}

/// Workflows of acme/robot on its default branch or a tag.
pub(crate) fn own() -> Identity {
    Preset::Own.identity(&source()).unwrap()
}

pub(crate) fn source() -> Source {
    Source {
        server: "https://github.com".to_owned(),
        repository: "acme/robot".to_owned(),
        refs: vec![MAIN.to_owned(), "refs/tags/.+".to_owned()],
    }
}

pub(crate) fn reason(judged: &Result<Verified, Rejection>) -> Reason {
    judged.as_ref().unwrap_err().reason
}
