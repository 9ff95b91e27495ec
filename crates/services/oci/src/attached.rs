//! The content of what is attached to an image, for whoever looks for signatures, attestations or SBOMs.

use crate::Digest;
use crate::error::{Error, ErrorKind};
use crate::manifest::{Annotations, Content, Descriptor};
use crate::repository::Repository;

/// AttachedLayer artifacts that are opened; whoever may push can attach any number.
const OPENED: usize = 64;
/// Layers of one artifact that are read.
const LAYERS: usize = 64;
/// Bytes of all layers together.
const BYTES: u64 = 64 << 20;

/// One layer of something attached.
#[derive(Debug, Clone)]
pub struct AttachedLayer {
    /// Where it was found: `referrer sha256:…`, `tag sha256-….sig`.
    pub found: String,
    /// Its media type.
    pub media_type: String,
    /// Its annotations.
    pub annotations: Annotations,
    /// Its content, checked against its digest.
    pub content: Vec<u8>,
}

/// What was found, and what could not be read of it.
#[derive(Debug, Default)]
pub struct AttachedLayers {
    /// In the order in which they are listed.
    pub layers: Vec<AttachedLayer>,
    /// Artifacts that are not what they should be, each with its place.
    pub broken: Vec<(String, Error)>,
    /// Artifacts and layers that were not opened, as there is too much.
    pub unseen: usize,
    bytes: u64,
}

impl Repository {
    /// Layers that `wants` accepts by their media type, of what refers to `subject`. Each manifest is
    /// opened: what a list says of it may be missing or wrong.
    ///
    /// # Errors
    /// The registry does not tell.
    pub async fn attached(
        &self,
        subject: &Digest,
        limit: u64,
        wants: impl Fn(&str) -> bool,
    ) -> Result<AttachedLayers, Error> {
        let listed = self.referrers(subject).await?.descriptors;
        let mut all =
            AttachedLayers { unseen: listed.len().saturating_sub(OPENED), ..Default::default() };
        for descriptor in listed.iter().take(OPENED) {
            let found = format!("referrer {}", descriptor.digest);
            match self.open_referrer(subject, descriptor).await {
                Ok(referrer) => {
                    self.read_layers(&found, &referrer.manifest.layers, limit, &wants, &mut all)
                        .await?;
                }
                Err(error) => all.keep(found, error)?,
            }
        }
        Ok(all)
    }

    /// As [`Repository::attached`], of what older clients have under the tag
    /// `sha256-<digits>.<suffix>`.
    ///
    /// # Errors
    /// The registry does not tell.
    pub async fn attached_by_tag(
        &self,
        subject: &Digest,
        suffix: &str,
        limit: u64,
        wants: impl Fn(&str) -> bool,
    ) -> Result<AttachedLayers, Error> {
        let mut all = AttachedLayers::default();
        let found = format!("tag sha256-{}.{suffix}", subject.hex());
        match self.legacy(subject, suffix).await {
            Ok(None) => {}
            Ok(Some(fetched)) => {
                if let Content::Manifest(manifest) = &fetched.content {
                    self.read_layers(&found, &manifest.layers, limit, &wants, &mut all).await?;
                }
            }
            Err(error) => all.keep(found, error)?,
        }
        Ok(all)
    }

    async fn read_layers(
        &self,
        found: &str,
        layers: &[Descriptor],
        limit: u64,
        wants: &impl Fn(&str) -> bool,
        all: &mut AttachedLayers,
    ) -> Result<(), Error> {
        for (index, layer) in layers.iter().filter(|layer| wants(&layer.media_type)).enumerate() {
            let bytes = all.bytes.saturating_add(layer.size);
            if index >= LAYERS || bytes > BYTES {
                all.unseen += 1;
                continue;
            }
            all.bytes = bytes;
            match self.blob(layer, limit).await {
                Ok(content) => all.layers.push(AttachedLayer {
                    found: found.to_owned(),
                    media_type: layer.media_type.clone(),
                    annotations: layer.annotations.clone(),
                    content,
                }),
                Err(error) => all.keep(found.to_owned(), error)?,
            }
        }
        Ok(())
    }
}

impl AttachedLayers {
    /// What is wrong with one artifact spoils it alone; trouble with the registry ends the search.
    fn keep(&mut self, found: String, error: Error) -> Result<(), Error> {
        let is_of_one = matches!(
            error.kind,
            ErrorKind::NotFound
                | ErrorKind::Malformed
                | ErrorKind::DigestMismatch
                | ErrorKind::TooLarge
        );
        match is_of_one {
            true => self.broken.push((found, error)),
            false => return Err(error),
        }
        Ok(())
    }
}
