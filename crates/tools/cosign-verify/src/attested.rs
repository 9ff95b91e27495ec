//! Images as docker/github-builder signs them: the signature is on the attestation manifest within an index, which
//! names the image of one platform. <https://docs.docker.com/build/metadata/attestations/attestation-storage/>

use crate::search::{Pinned, Search};
use robot_contract::Failure;
use robot_oci::{Content, Descriptor, Digest, Fetched, Platform, Repository};
use robot_sigstore::{Rejection, Verified, provenance_names};

/// The annotation that says that an entry of an index is an attestation manifest, and its value.
const KIND: (&str, &str) = ("vnd.docker.reference.type", "attestation-manifest");
/// The annotation with the digest of the image that it is about.
const ABOUT: &str = "vnd.docker.reference.digest";
/// What media type a statement has.
const STATEMENT: &str = "application/vnd.in-toto+json";
/// Largest statement, bytes.
const BYTES: u64 = 16 << 20;
/// Images in an index, and attestation manifests of an image, that are looked at.
const MOST: usize = 32;

/// Whether an entry of an index can only be an attestation manifest. The annotation alone proves nothing: a runtime that
/// looks for a platform would run an image that has it.
fn is_attestation(entry: &Descriptor) -> bool {
    let is_unknown =
        |platform: &Platform| platform.os == "unknown" && platform.architecture == "unknown";
    entry.annotations.get(KIND.0).is_some_and(|kind| kind == KIND.1)
        && entry.platform.as_ref().is_some_and(is_unknown)
}

impl Search<'_> {
    /// Whether each image of an index, or the one of the platform, has a signed attestation manifest with its
    /// provenance. The index itself is then as good as signed: its digest names those images and no others.
    pub(crate) async fn attested_within(
        &mut self,
        repository: &Repository,
        fetched: &Fetched,
        platform: Option<&Digest>,
    ) -> Result<bool, Failure> {
        let Content::Index(index) = &fetched.content else { return Ok(false) };
        let (attestations, images): (Vec<&Descriptor>, Vec<&Descriptor>) =
            index.manifests.iter().partition(|entry| is_attestation(entry));
        let is_wanted =
            |image: &&&Descriptor| platform.is_none_or(|platform| image.digest == *platform);
        let images: Vec<&Descriptor> = images.iter().filter(is_wanted).copied().collect();
        if attestations.is_empty() || images.is_empty() || images.len() > MOST {
            return Ok(false);
        }
        let mut last = None;
        for image in images {
            let about = image.digest.to_string();
            let own =
                attestations.iter().filter(|entry| entry.annotations.get(ABOUT) == Some(&about));
            let mut found = None;
            for attestation in own.take(MOST) {
                found = self.attestation(repository, attestation, &image.digest).await?;
                if found.is_some() {
                    break;
                }
            }
            // One image without a signature is enough: nothing is said of the index.
            let Some(found) = found else { return Ok(false) };
            last = Some(found);
        }
        let digest = platform.unwrap_or(&fetched.digest);
        let Some((found, verified)) = last else { return Ok(false) };
        let Some(of) = robot_sigstore::Digest::parse(digest.as_str()) else { return Ok(false) };
        self.judgement.verified = Some((found, Verified { digest: of, ..verified }));
        self.pinned = Some(Pinned {
            image: repository.pinned(digest),
            platform_digest: platform.map(ToString::to_string),
        });
        Ok(true)
    }

    /// The signature of an attestation manifest, if it counts and the manifest has provenance of the image.
    async fn attestation(
        &mut self,
        repository: &Repository,
        attestation: &Descriptor,
        image: &Digest,
    ) -> Result<Option<(String, Verified)>, Failure> {
        let what = format!("{} cannot be verified", repository.pinned(&attestation.digest));
        let counts = self.attached(repository, &attestation.digest, &what).await?;
        // It is of the attestation manifest. Nothing is verified before that is known to name the image.
        let verified = self.judgement.verified.take();
        let Some((found, verified)) = verified.filter(|_| counts) else { return Ok(None) };
        let read = async {
            let manifest = repository.manifest_of(attestation).await?;
            let Content::Manifest(manifest) = manifest.content else { return Ok(Vec::new()) };
            let mut statements = Vec::new();
            for layer in
                manifest.layers.iter().filter(|layer| layer.media_type == STATEMENT).take(MOST)
            {
                statements.push(repository.blob(layer, BYTES).await?);
            }
            Ok(statements)
        };
        let statements = match read.await {
            Ok(statements) => statements,
            Err(error) => {
                self.troubled(error, &what)?;
                return Ok(None);
            }
        };
        let Some(digest) = robot_sigstore::Digest::parse(image.as_str()) else { return Ok(None) };
        if statements.iter().any(|statement| provenance_names(statement, &digest)) {
            return Ok(Some((found, verified)));
        }
        let why = format!("the signed attestation manifest has no provenance of {image}");
        self.judgement.rejected.push((found, Rejection::invalid(why)));
        Ok(None)
    }
}
