//! cosign's signatures from before bundles.

use crate::world::{World, image, workflow};
use robot_sigstore::{Artifact, Candidate, Digest, Reason};
use std::collections::BTreeMap;

#[test]
fn a_layer_with_annotations_counts_for_the_image_in_its_payload_alone() {
    let world = World::new();
    let (payload, annotations) =
        world.sigstore.sign_as_before_bundles(&workflow(), &image().to_string());
    let judge = |payload: &[u8], annotations: &BTreeMap<String, String>, image: Digest| {
        let candidate = Candidate::legacy("tag", payload, annotations);
        let mut judgement = world.judge_all(&Artifact::Digest(image), &[candidate]);
        match judgement.verified {
            Some((_, verified)) => Ok(verified),
            None => Err(judgement.rejected.remove(0).1),
        }
    };
    let verified = judge(&payload, &annotations, image()).unwrap();
    assert_eq!(verified.digest, image());

    let other = Digest::of(b"another image");
    let rejection = judge(&payload, &annotations, other).unwrap_err();
    assert!(rejection.detail.contains("the signature is for sha256:"), "{rejection:?}");
    // A payload for the other image, with the signature of this one.
    let text = String::from_utf8(payload.clone()).unwrap();
    let changed = text.replace(&image().to_string(), &other.to_string());
    let rejection = judge(changed.as_bytes(), &annotations, other).unwrap_err();
    assert_eq!(rejection.reason, Reason::SignatureInvalid);

    for name in [
        "dev.cosignproject.cosign/signature",
        "dev.sigstore.cosign/bundle",
        "dev.sigstore.cosign/certificate",
    ] {
        let mut without = annotations.clone();
        without.remove(name);
        assert!(judge(&payload, &without, image()).is_err(), "{name}");
    }
    let attestation = text.replace("cosign container image signature", "something else");
    let rejection = judge(attestation.as_bytes(), &annotations, image()).unwrap_err();
    assert_eq!(rejection.reason, Reason::FormatUnsupported);
}
