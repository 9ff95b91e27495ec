//! What the other tests take for granted of a registry, asked of the fake one and of a real one: they
//! answer alike.

use crate::pushing::upload;
use crate::world::{options, with};
use robot_oci::{Content, Descriptor, Error, ErrorKind, Options, Source};
use robot_testkit::{FakeRegistry, RealRegistry};
use std::time::Duration;

fn contract(host: &str) -> Result<(), Error> {
    let options = Options { patience: Duration::from_secs(60), ..options() };
    with(host, &options, async |repository, reference| {
        let tags = ["v1".to_owned()];
        assert_eq!(repository.head_manifest(reference).await?, None);
        let absent = repository.manifest(reference).await.unwrap_err();
        assert_eq!(absent.kind, ErrorKind::NotFound, "{absent}");
        let unknown = Descriptor::of("text/plain", b"unknown");
        assert!(!repository.has_blob(&unknown.digest).await?);
        let error = repository.blob(&unknown, 100).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound, "{error}");

        // A manifest whose blobs are not there is refused.
        let image = upload(b"0123456789");
        let without =
            robot_oci::Upload { blobs: Vec::new(), attached: Vec::new(), ..image.clone() };
        let error = repository.push(&without, &tags, None).await.unwrap_err();
        assert!(error.reason.contains("BLOB_UNKNOWN"), "{error}");
        assert_eq!(repository.head_manifest(reference).await?, None);

        let first = repository.push(&image, &tags, None).await?;
        assert_eq!((first.uploaded, first.present), (2, 0));
        let again = repository.push(&image, &tags, None).await?;
        assert_eq!((again.uploaded, again.present), (0, 2));
        let digest = &image.manifests[0].descriptor.digest;
        assert_eq!(repository.head_manifest(reference).await?.as_ref(), Some(digest));
        let fetched = repository.manifest(reference).await?;
        assert_eq!(fetched.bytes, image.manifests[0].content);
        let Content::Manifest(manifest) = &fetched.content else { panic!("{fetched:?}") };
        assert_eq!(repository.blob(&manifest.layers[0], 100).await?, b"0123456789");
        let referrers = repository.referrers(digest).await?;
        assert_eq!(referrers.source, Source::FallbackTag);
        let opened = repository.open_referrer(digest, &referrers.descriptors[0]).await?;
        assert_eq!(opened.manifest.artifact_type(), "text/spdx+json");
        Ok(())
    })?;
    // In pieces, and from another repository of the registry.
    let options = Options { chunk: 4, ..options };
    with(host, &options, async |repository, _| {
        let large = repository.push(&upload(b"abcdefghij"), &[], None).await?;
        assert_eq!((large.uploaded, large.present), (1, 1));
        Ok(())
    })?;
    let other = format!("{host}/acme/other:v1").parse().unwrap();
    let context = crate::world::context(&[]);
    let repository =
        robot_oci::Repository::open(&context, &other, robot_oci::Access::Push, &options)?;
    let image = upload(b"abcdefghij");
    let mounted = robot_oci::block_on(repository.push(&image, &[], Some("acme/robot"))).unwrap()?;
    assert_eq!((mounted.mounted, mounted.uploaded), (2, 0));
    Ok(())
}

#[test]
fn the_fake_registry_answers_as_the_real_one_does() {
    contract(&FakeRegistry::start(false).host()).unwrap();
    contract(RealRegistry::start().host()).unwrap();
}
