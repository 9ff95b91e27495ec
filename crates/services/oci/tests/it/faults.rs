//! What goes wrong is told apart.

use crate::world::{options, with};
use robot_oci::{Descriptor, ErrorKind, Options};
use robot_testkit::{FakeRegistry, RegistryFault};
use std::time::Duration;

#[test]
fn each_fault_has_its_kind_and_its_next_step() {
    let registry = FakeRegistry::start(true);
    registry.put_blob("acme/robot", b"content");
    let blob = Descriptor::of("text/plain", b"content");
    let status = |status| RegistryFault::Answer(status, Vec::new(), "WHY");
    let redirect = vec![("WWW-Authenticate", "Bearer realm=\"ftp://x/token\"".to_owned())];
    for (fault, kind) in [
        (status(401), ErrorKind::Unauthorized),
        (status(403), ErrorKind::Forbidden),
        (status(404), ErrorKind::NotFound),
        (status(429), ErrorKind::RateLimited),
        (status(400), ErrorKind::Refused),
        (status(503), ErrorKind::ServerFailed),
        (RegistryFault::Reset, ErrorKind::ServerFailed),
        (RegistryFault::Silence, ErrorKind::TooSlow),
        (RegistryFault::Huge(1 << 20), ErrorKind::TooLarge),
        (RegistryFault::WrongBytes, ErrorKind::DigestMismatch),
        (RegistryFault::Answer(401, redirect, "X"), ErrorKind::Malformed),
    ] {
        registry.fail("GET", "/blobs/", fault.clone());
        let ended = with(&registry.host(), &options(), async |repository, _| {
            repository.blob(&blob, 1 << 20).await
        });
        let error = ended.unwrap_err();
        assert_eq!(error.kind, kind, "{fault:?}: {error}");
        assert!(error.request.starts_with("GET http://127.0.0.1:"), "{error}");
    }
}

#[test]
fn a_fault_that_passes_is_waited_for() {
    let registry = FakeRegistry::start(true);
    registry.put_blob("acme/robot", b"content");
    let now = vec![("Retry-After", "0".to_owned())];
    registry.fail("GET", "/blobs/", RegistryFault::Answer(429, now.clone(), "TOOMANYREQUESTS"));
    registry.fail("GET", "/blobs/", RegistryFault::Answer(502, now, "X"));
    let patient = Options { patience: Duration::from_secs(60), ..options() };
    let content = with(&registry.host(), &patient, async |repository, _| {
        repository.blob(&Descriptor::of("text/plain", b"content"), 100).await
    });
    assert_eq!(content.unwrap(), b"content");
    assert_eq!(registry.take_requests().len(), 3);
}
