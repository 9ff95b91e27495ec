//! What registries and Docker's client write. A panic is a finding.

use robot_oci::{Challenge, Content, DockerConfig, Reference, media_type};

/// Names of images: what is read is read again from what it is written as.
pub fn oci_reference(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(reference) = text.parse::<Reference>() else { return };
    let written = reference.to_string();
    assert_eq!(written.parse::<Reference>().ok(), Some(reference));
    assert!(written.bytes().all(|byte| byte.is_ascii_graphic()), "{written}");
}

/// Manifests and indexes: no document is both.
pub fn oci_manifest(bytes: &[u8]) {
    let read = |media_type: &str| Content::read(media_type, bytes).is_ok();
    let is_image = read(media_type::MANIFEST) || read(media_type::DOCKER_MANIFEST);
    let is_index = read(media_type::INDEX) || read(media_type::DOCKER_INDEX);
    assert!(!(is_image && is_index), "{}", String::from_utf8_lossy(bytes));
}

/// The header `WWW-Authenticate`.
pub fn www_authenticate(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Some(Challenge::Bearer { realm, .. }) = Challenge::parse(text) {
        assert!(realm.len() <= text.len());
    }
}

/// `config.json` of Docker's client: an error repeats nothing of it.
pub fn docker_config(bytes: &[u8]) {
    if let Err(error) = DockerConfig::parse(bytes) {
        assert!(error.len() < 80, "{error}");
    }
}
