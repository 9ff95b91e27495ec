//! Manifests, objects of an API server and layers of images, which come from outside. A panic is a finding.

use robot_deploy::formats;

/// A manifest: what is read has a kind and a name.
pub fn manifest(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for object in formats::manifest(text).into_iter().flatten() {
        assert!(!object.kind().is_empty() && !object.name().is_empty());
    }
}

/// A layer: whatever it holds, nothing is written outside of the image's folder.
pub fn layer(bytes: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    std::fs::create_dir(&root).unwrap();
    let _ = formats::layer(bytes, &root);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
