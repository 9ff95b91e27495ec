//! Pushes that end, and pushes that do not.

use crate::world::{options, with};
use robot_oci::{
    Attached, Bytes, Descriptor, ErrorKind, Manifest, Options, Part, Pushed, Source, Upload,
    media_type,
};
use robot_testkit::{FakeRegistry, RegistryFault};
use std::time::Duration;

/// An image with one layer, and something attached to it.
pub(crate) fn upload(layer: &'static [u8]) -> Upload {
    let layer = Part::new(media_type::LAYER, Bytes::from_static(layer));
    let config = Part::new(media_type::CONFIG, &b"{}"[..]);
    let empty = Part::new(media_type::EMPTY, &b"{}"[..]);
    let mut manifest = Manifest {
        schema_version: 2,
        media_type: Some(media_type::MANIFEST.to_owned()),
        artifact_type: None,
        config: config.descriptor.clone(),
        layers: vec![layer.descriptor.clone()],
        subject: None,
        annotations: Default::default(),
    };
    let part = |manifest: &Manifest| {
        Part::new(media_type::MANIFEST, serde_json::to_vec(manifest).unwrap())
    };
    let image = part(&manifest);
    manifest.config = empty.descriptor;
    manifest.artifact_type = Some("text/spdx+json".to_owned());
    manifest.subject = Some(image.descriptor.clone());
    let attached = part(&manifest);
    Upload {
        blobs: vec![layer, config],
        attached: vec![Attached { subject: image.descriptor.digest.clone(), manifest: attached }],
        manifests: vec![image],
    }
}

fn patient() -> Options {
    Options { patience: Duration::from_secs(60), ..options() }
}

fn push(registry: &FakeRegistry, options: &Options) -> Result<Pushed, robot_oci::Error> {
    with(&registry.host(), options, async |repository, _| {
        repository.push(&upload(b"0123456789"), &["v1".to_owned(), "latest".to_owned()], None).await
    })
}

#[test]
fn a_push_sends_what_is_missing_and_moves_the_tags_last() {
    for lists in [true, false] {
        let registry = FakeRegistry::start(lists);
        let pushed = push(&registry, &options()).unwrap();
        assert_eq!((pushed.uploaded, pushed.present), (2, 0));
        let requests = registry.take_requests();
        let puts: Vec<&String> = requests.iter().filter(|one| one.starts_with("PUT")).collect();
        assert!(puts[puts.len() - 2].ends_with("/manifests/v1"), "{puts:?}");
        assert!(puts[puts.len() - 1].ends_with("/manifests/latest"), "{puts:?}");
        let digest = upload(b"0123456789").manifests[0].descriptor.digest.clone();
        assert_eq!(registry.tag("acme/robot", "v1").as_deref(), Some(digest.as_str()));
        let again = push(&registry, &options()).unwrap();
        assert_eq!((again.uploaded, again.present), (0, 2));
        let found = with(&registry.host(), &options(), async |repository, _| {
            repository.referrers(&digest).await
        })
        .unwrap();
        let source = if lists { Source::Api } else { Source::FallbackTag };
        assert_eq!((found.source, found.descriptors.len()), (source, 1));
    }
}

#[test]
fn a_blob_of_another_repository_is_not_sent_again() {
    let registry = FakeRegistry::start(true);
    registry.require_token("user", "secret");
    registry.put_blob("acme/base", b"0123456789");
    let options = crate::world::with_password("user", "secret");
    let pushed = with(&registry.host(), &options, async |repository, _| {
        repository.push(&upload(b"0123456789"), &[], Some("acme/base")).await
    });
    let pushed = pushed.unwrap();
    assert_eq!((pushed.mounted, pushed.uploaded), (1, 1));
    let scopes = registry.tokens_given().pop().unwrap();
    assert_eq!(scopes, "repository:acme/base:pull repository:acme/robot:pull,push");
}

#[test]
fn an_upload_that_breaks_off_goes_on_where_it_was() {
    let registry = FakeRegistry::start(true);
    let options = Options { chunk: 4, ..patient() };
    registry.fail("PATCH", "/blobs/uploads/", RegistryFault::Reset);
    registry.fail("PATCH", "/blobs/uploads/", RegistryFault::Answer(502, Vec::new(), "X"));
    push(&registry, &options).unwrap();
    let requests = registry.take_requests();
    let count = |start: &str| requests.iter().filter(|one| one.starts_with(start)).count();
    // One session for each blob; two bytes of ten had come before the reset.
    assert_eq!(count("POST"), 2);
    assert_eq!(count("GET /v2/acme/robot/blobs/uploads/"), 2);
    let digest = Descriptor::of("", b"0123456789").digest;
    assert_eq!(registry.content("acme/robot", digest.as_str()).unwrap(), b"0123456789");
}

#[test]
fn a_session_that_the_registry_forgets_is_begun_anew() {
    let registry = FakeRegistry::start(true);
    registry.fail("PUT", "/blobs/uploads/", RegistryFault::Answer(404, Vec::new(), "UNKNOWN"));
    registry.fail("PUT", "/blobs/uploads/", RegistryFault::Answer(500, Vec::new(), "X"));
    assert_eq!(push(&registry, &patient()).unwrap().uploaded, 2);
}

#[test]
fn a_blob_that_vanishes_after_it_was_seen_is_sent() {
    let registry = FakeRegistry::start(true);
    registry.put_blob("acme/robot", b"0123456789");
    registry.fail("HEAD", "/blobs/", RegistryFault::Vanishes);
    push(&registry, &options()).unwrap();
    assert!(registry.tag("acme/robot", "v1").is_some());
}

#[test]
fn a_token_that_expires_in_the_middle_is_renewed() {
    let registry = FakeRegistry::start(true);
    registry.require_token("user", "secret");
    let challenge = format!("Bearer realm=\"http://{}/token\",service=\"fake\"", registry.host());
    let expired = vec![("WWW-Authenticate", challenge)];
    registry.fail("PUT", "/blobs/uploads/", RegistryFault::Answer(401, expired, "UNAUTHORIZED"));
    push(&registry, &crate::world::with_password("user", "secret")).unwrap();
    assert_eq!(registry.tokens_given().len(), 2);
}

#[test]
fn no_fault_leaves_a_tag_on_half_an_image() {
    let status = |status| RegistryFault::Answer(status, Vec::new(), "WHY");
    for (method, path) in [
        ("HEAD", "/blobs/"),
        ("POST", "/blobs/uploads/"),
        ("PUT", "/blobs/uploads/"),
        ("PUT", "/manifests/sha256:"),
    ] {
        for (fault, kind) in [
            (status(403), ErrorKind::Forbidden),
            (status(429), ErrorKind::RateLimited),
            (status(503), ErrorKind::ServerFailed),
            (RegistryFault::Silence, ErrorKind::TooSlow),
        ] {
            let registry = FakeRegistry::start(true);
            for _ in 0..9 {
                registry.fail(method, path, fault.clone());
            }
            // The answer to HEAD has no body that could be silent.
            if method == "HEAD" && kind == ErrorKind::TooSlow {
                continue;
            }
            let error = push(&registry, &options()).unwrap_err();
            assert_eq!(error.kind, kind, "{method} {path}: {error}");
            assert!(registry.tags("acme/robot").is_empty(), "{method} {path} {kind:?}");
        }
    }
}

#[test]
fn a_registry_that_takes_other_content_than_it_was_sent_is_not_believed() {
    let registry = FakeRegistry::start(true);
    let other = vec![("Docker-Content-Digest", Descriptor::of("", b"x").digest.to_string())];
    registry.fail("PUT", "/manifests/sha256:", RegistryFault::Answer(201, other, ""));
    assert_eq!(push(&registry, &options()).unwrap_err().kind, ErrorKind::DigestMismatch);
    assert!(registry.tags("acme/robot").is_empty());
}
