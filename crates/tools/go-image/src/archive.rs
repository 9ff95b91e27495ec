//! Layers: archives that are the same whoever writes them, when and where.

use crate::files::{Entry, Kind};
use flate2::{Compression, GzBuilder};
use robot_contract::{Failure, ResultExt as _};
use robot_oci::{Digest, Part, media_type};
use std::io::Write as _;

/// A layer.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    pub(crate) part: Part,
    /// Digest of the archive before it was compressed.
    pub(crate) diff_id: Digest,
    /// What the history of the image says of it.
    pub(crate) comment: &'static str,
}

/// Writes a layer. Entries come sorted; folders on their way are written too.
pub(crate) fn layer(comment: &'static str, entries: &[Entry]) -> Result<Layer, Failure> {
    let archive = archive(entries).or_external(|| "the layer cannot be written".to_owned())?;
    let mut gzip = GzBuilder::new()
        // Neither a time nor the name of a system.
        .mtime(0)
        .operating_system(255)
        .write(Vec::new(), Compression::new(6));
    let compressed = gzip.write_all(&archive).and_then(|()| gzip.finish());
    let compressed = compressed.or_external(|| "the layer cannot be compressed".to_owned())?;
    let part = Part::new(media_type::LAYER, compressed);
    Ok(Layer { part, diff_id: Digest::of(&archive), comment })
}

fn archive(entries: &[Entry]) -> std::io::Result<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    for entry in entries {
        let mut header = tar::Header::new_ustar();
        header.set_mtime(0);
        header.set_uid(entry.owner.0.into());
        header.set_gid(entry.owner.1.into());
        header.set_mode(entry.mode);
        match &entry.kind {
            Kind::Folder => {
                header.set_entry_type(tar::EntryType::Directory);
                header.set_size(0);
                builder.append_data(&mut header, format!("{}/", entry.path), &[][..])?;
            }
            Kind::File(content) => {
                header.set_entry_type(tar::EntryType::Regular);
                header.set_size(content.len() as u64);
                builder.append_data(&mut header, &entry.path, content.as_slice())?;
            }
            Kind::Link(target) => {
                header.set_entry_type(tar::EntryType::Symlink);
                header.set_size(0);
                builder.append_link(&mut header, &entry.path, target)?;
            }
        }
    }
    builder.into_inner()
}
