//! Manifests, blobs and what is attached.

use crate::world::{options, with};
use robot_oci::{Content, Descriptor, Digest, ErrorKind, Platform, Source, media_type};
use robot_testkit::{FakeRegistry, RegistryFault};
use serde_json::{Value, json};

const NAME: &str = "acme/robot";

fn descriptor(registry: &FakeRegistry, media_type: &str, digest: &str) -> Value {
    let size = registry.content(NAME, digest).unwrap().len();
    json!({ "mediaType": media_type, "digest": digest, "size": size })
}

/// An image whose only layer is `content`.
fn image(
    registry: &FakeRegistry,
    tag: Option<&str>,
    content: &[u8],
    subject: Option<Value>,
) -> String {
    let layer = registry.put_blob(NAME, content);
    let config = registry.put_blob(NAME, b"{}");
    let mut manifest = json!({
        "schemaVersion": 2,
        "mediaType": media_type::MANIFEST,
        "config": descriptor(registry, media_type::EMPTY, &config),
        "layers": [descriptor(registry, "text/plain", &layer)],
    });
    if let Some(subject) = subject {
        manifest["subject"] = subject;
    }
    registry.put_manifest(NAME, tag, media_type::MANIFEST, &manifest)
}

#[test]
fn an_image_is_read_by_its_tag_down_to_its_layers() {
    let registry = FakeRegistry::start(true);
    let child = image(&registry, None, b"layer", None);
    let mut entry = descriptor(&registry, media_type::MANIFEST, &child);
    entry["platform"] = json!({ "os": "linux", "architecture": "arm64", "variant": "v8" });
    let index = json!({ "schemaVersion": 2, "manifests": [entry] });
    let index = registry.put_manifest(NAME, Some("v1"), media_type::INDEX, &index);
    with(&registry.host(), &options(), async |repository, reference| {
        let head = repository.head_manifest(reference).await?;
        assert_eq!(head.unwrap().as_str(), index);
        let fetched = repository.manifest(reference).await?;
        assert!(matches!(fetched.content, Content::Index(_)) && fetched.digest.as_str() == index);
        let arm: Platform = "linux/arm64".parse().unwrap();
        let (digest, manifest) = repository.image(&fetched, &arm).await?;
        assert_eq!(digest.as_str(), child);
        assert_eq!(repository.blob(&manifest.layers[0], 5).await?, b"layer");
        let amd: Platform = "linux/amd64".parse().unwrap();
        let none = repository.image(&fetched, &amd).await.unwrap_err();
        assert_eq!(none.kind, ErrorKind::NotFound);
        assert!(
            none.reason.contains("no image for linux/amd64, only for linux/arm64/v8"),
            "{none}"
        );
        let large = repository.blob(&manifest.layers[0], 4).await.unwrap_err();
        assert_eq!(large.kind, ErrorKind::TooLarge);
        let absent = reference.with_tag("v2");
        assert_eq!(repository.head_manifest(&absent).await?, None);
        assert!(repository.find_manifest(&absent).await?.is_none());
        let error = repository.manifest(&absent).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound);
        assert!(
            error.to_string().ends_with("status 404 MANIFEST_UNKNOWN MANIFEST_UNKNOWN was said")
        );
        Ok(())
    })
    .unwrap();
}

#[test]
fn content_that_is_not_what_its_digest_says_is_refused() {
    let registry = FakeRegistry::start(true);
    let digest = image(&registry, Some("v1"), b"layer", None);
    with(&registry.host(), &options(), async |repository, reference| {
        let pinned = reference.with_digest(&digest.parse().unwrap());
        for reference in [reference, &pinned] {
            registry.fail("GET", "/manifests/", RegistryFault::WrongBytes);
            let error = repository.manifest(reference).await.unwrap_err();
            assert_eq!(error.kind, ErrorKind::DigestMismatch, "{error}");
        }
        let layer = Descriptor::of("text/plain", b"layer");
        registry.fail("GET", "/blobs/", RegistryFault::WrongBytes);
        let error = repository.blob(&layer, 100).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::DigestMismatch, "{error}");
        let longer = Descriptor { size: 6, ..layer };
        let error = repository.blob(&longer, 100).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::DigestMismatch, "{error}");
        Ok(())
    })
    .unwrap();
}

#[test]
fn what_is_attached_is_found_where_the_registry_lists_it_and_where_it_cannot() {
    for lists in [true, false] {
        let registry = FakeRegistry::start(lists);
        let subject = image(&registry, Some("v1"), b"layer", None);
        let named = descriptor(&registry, media_type::MANIFEST, &subject);
        let attached = image(&registry, None, b"signature", Some(named));
        let foreign = image(&registry, None, b"foreign", None);
        let digest: Digest = subject.parse().unwrap();
        with(&registry.host(), &options(), async |repository, _| {
            let found = repository.referrers(&digest).await?;
            let expected = if lists { (Source::Api, 1) } else { (Source::Nowhere, 0) };
            assert_eq!((found.source, found.descriptors.len()), expected);
            let entries = [&attached, &foreign];
            let entries = entries.map(|one| descriptor(&registry, media_type::MANIFEST, one));
            let list = json!({ "schemaVersion": 2, "manifests": entries });
            let tag = format!("sha256-{}", digest.hex());
            registry.put_manifest(NAME, Some(&tag), media_type::INDEX, &list);
            let found = repository.referrers(&digest).await?;
            let expected = if lists { (Source::Api, 1) } else { (Source::FallbackTag, 2) };
            assert_eq!((found.source, found.descriptors.len()), expected);
            let opened = repository.open_referrer(&digest, &found.descriptors[0]).await?;
            // The list does not say it where it is a tag.
            assert_eq!(opened.manifest.artifact_type(), media_type::EMPTY);
            if let Some(foreign) = found.descriptors.get(1) {
                let error = repository.open_referrer(&digest, foreign).await.unwrap_err();
                assert!(error.reason.contains("does not say what it is attached to"), "{error}");
            }
            assert!(repository.legacy(&digest, "sig").await?.is_none());
            Ok(())
        })
        .unwrap();
    }
}

#[test]
fn an_older_signature_is_found_by_its_tag() {
    let registry = FakeRegistry::start(false);
    let digest: Digest = image(&registry, Some("v1"), b"layer", None).parse().unwrap();
    let signature = image(&registry, Some(&format!("sha256-{}.sig", digest.hex())), b"s", None);
    let found = with(&registry.host(), &options(), async |repository, _| {
        repository.legacy(&digest, "sig").await
    });
    assert_eq!(found.unwrap().unwrap().digest.as_str(), signature);
}
