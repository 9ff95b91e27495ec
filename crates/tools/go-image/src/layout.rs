//! The image as files: an OCI layout, and an archive for `docker load`.
//! <https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md>

use crate::image::json;
use crate::made::Made;
use robot_contract::{Failure, ResultExt as _, stream_atomically, write_atomically};
use robot_oci::{Index, Part, Reference};
use serde_json::json;
use std::path::Path;

/// Writes the layout; `index.json`, by which it is found, last.
pub(crate) fn write_layout(made: &Made, tag: &str, folder: &Path) -> Result<(), Failure> {
    let cannot = || format!("the image cannot be written to {}", folder.display());
    let write = |path: &str, content: &[u8]| {
        write_atomically(&folder.join(path), content).or_external(cannot)
    };
    let attached = made.upload.attached.iter().map(|attached| &attached.manifest);
    let parts = made.upload.blobs.iter().chain(&made.upload.manifests).chain(attached.clone());
    for part in parts {
        write(&format!("blobs/sha256/{}", part.descriptor.digest.hex()), &part.content)?;
    }
    write("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#)?;
    let mut manifests: Vec<_> =
        made.upload.manifests.last().map(|root| root.descriptor.clone()).into_iter().collect();
    for root in &mut manifests {
        let name = "org.opencontainers.image.ref.name".to_owned();
        root.annotations.insert(name, tag.to_owned());
    }
    manifests.extend(attached.map(|part| part.descriptor.clone()));
    write("index.json", &json(&Index::new(manifests))?)
}

/// Writes the archive of the only image.
pub(crate) fn write_docker_archive(
    made: &Made,
    names: &[Reference],
    path: &Path,
) -> Result<(), Failure> {
    let cannot = || format!("the image cannot be written to {}", path.display());
    let Some(image) = made.images.first() else { return Ok(()) };
    let layers: Vec<&Part> = image.layers.iter().map(|layer| &layer.part).collect();
    let name = |part: &Part| format!("blobs/sha256/{}", part.descriptor.digest.hex());
    let manifest = json(&json!([{
        "Config": name(&image.config),
        "RepoTags": names.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "Layers": layers.iter().map(|part| name(part)).collect::<Vec<_>>(),
    }]))?;
    let mut parts: Vec<(String, &[u8])> =
        layers.iter().map(|part| (name(part), &*part.content)).collect();
    parts.push((name(&image.config), &image.config.content));
    parts.push(("manifest.json".to_owned(), &manifest));
    stream_atomically(path, |file| {
        let mut builder = tar::Builder::new(file);
        for (path, content) in &parts {
            let mut header = tar::Header::new_ustar();
            header.set_mode(0o644);
            header.set_mtime(0);
            header.set_size(content.len() as u64);
            builder.append_data(&mut header, path, *content)?;
        }
        builder.into_inner().map(drop)
    })
    .or_external(cannot)
}
