//! Reading manifests and blobs. Nothing is given on that is not what its digest says.

use crate::error::{Error, ErrorKind};
use crate::manifest::{Content, Descriptor, Manifest, Platform};
use crate::media_type;
use crate::repository::{Call, Repository};
use crate::{Digest, Reference};
use robot_net::{Answer, Method};

/// Largest manifest, bytes: the least that the specification wants a registry to take.
const MANIFEST: u64 = 4 << 20;
/// Bytes of an answer whose body says at most why there is no success.
pub(crate) const SAID: u64 = 64 << 10;

/// A manifest or an index, as the registry has it.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// Of `bytes`.
    pub digest: Digest,
    /// As the registry said; `content` does not contradict it.
    pub media_type: String,
    /// As sent.
    pub bytes: Vec<u8>,
    /// What they say.
    pub content: Content,
}

impl Fetched {
    /// The descriptor by which an index or a referrer names it.
    pub fn descriptor(&self) -> Descriptor {
        Descriptor::new(&self.media_type, self.digest.clone(), self.bytes.len() as u64)
    }
}

impl Repository {
    /// The digest of what a reference means, without its content; `None` where it is not there. A
    /// registry may answer without a digest: then the content is read.
    ///
    /// # Errors
    /// The registry does not tell.
    pub async fn head_manifest(&self, reference: &Reference) -> Result<Option<Digest>, Error> {
        let path = manifest_path(reference);
        let headers = [("accept", media_type::MANIFESTS)];
        let call = Call { headers: &headers, ..Call::new(Method::Head, &path, SAID) };
        let answer = self.ask(&call).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        if !answer.is_success() {
            return Err(Error::of_answer(&self.request(Method::Head, &path), &answer));
        }
        let told = answer.header("docker-content-digest").and_then(|text| text.parse().ok());
        match (told, &reference.digest) {
            (Some(told), Some(wanted)) if told != *wanted => {
                let reason = format!("the registry names {told}");
                Err(self.error(ErrorKind::DigestMismatch, Method::Head, &path, reason))
            }
            (Some(told), _) => Ok(Some(told)),
            (None, _) => Ok(self.find_manifest(reference).await?.map(|found| found.digest)),
        }
    }

    /// The manifest or index that a reference means.
    ///
    /// # Errors
    /// It is not there ([`ErrorKind::NotFound`]), is not what its digest says, or cannot be read.
    pub async fn manifest(&self, reference: &Reference) -> Result<Fetched, Error> {
        let path = manifest_path(reference);
        let headers = [("accept", media_type::MANIFESTS)];
        let call = Call { headers: &headers, ..Call::new(Method::Get, &path, MANIFEST) };
        let answer = self.expect(&call).await?;
        self.read(&path, answer, reference.digest.as_ref())
    }

    /// As [`Repository::manifest`]; `None` where it is not there.
    ///
    /// # Errors
    /// The registry does not tell, or what it tells cannot be read.
    pub async fn find_manifest(&self, reference: &Reference) -> Result<Option<Fetched>, Error> {
        match self.manifest(reference).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The manifest that a descriptor names: its digest and its size are checked.
    ///
    /// # Errors
    /// As [`Repository::manifest`].
    pub async fn manifest_of(&self, descriptor: &Descriptor) -> Result<Fetched, Error> {
        let found = self.manifest(&self.reference(&descriptor.digest)).await?;
        if found.bytes.len() as u64 != descriptor.size {
            let path = format!("/manifests/{}", descriptor.digest);
            let (size, told) = (found.bytes.len(), descriptor.size);
            let reason = format!("it has {size} bytes, and its descriptor says {told}");
            return Err(self.error(ErrorKind::DigestMismatch, Method::Get, &path, reason));
        }
        Ok(found)
    }

    /// The image for a platform: the one that an index lists, or the image itself where it is the only
    /// one. Gives its digest and manifest.
    ///
    /// # Errors
    /// An index has none for it, or the child cannot be read.
    pub async fn image(
        &self,
        fetched: &Fetched,
        platform: &Platform,
    ) -> Result<(Digest, Manifest), Error> {
        let path = format!("/manifests/{}", fetched.digest);
        let index = match &fetched.content {
            Content::Manifest(manifest) => return Ok((fetched.digest.clone(), manifest.clone())),
            Content::Index(index) => index,
        };
        let Some(child) = index.child(platform) else {
            let known = index.manifests.iter().filter_map(|one| one.platform.as_ref());
            let known: Vec<String> = known.take(20).map(ToString::to_string).collect();
            let reason = format!("there is no image for {platform}, only for {}", known.join(", "));
            return Err(self.error(ErrorKind::NotFound, Method::Get, &path, reason));
        };
        match self.manifest_of(child).await? {
            Fetched { digest, content: Content::Manifest(manifest), .. } => Ok((digest, manifest)),
            _ => {
                let reason = format!("its image for {platform} is an index");
                Err(self.error(ErrorKind::Malformed, Method::Get, &path, reason))
            }
        }
    }

    /// A blob of at most `limit` bytes, checked.
    ///
    /// # Errors
    /// It is not there, is larger, or is not what the descriptor says.
    pub async fn blob(&self, descriptor: &Descriptor, limit: u64) -> Result<Vec<u8>, Error> {
        let path = format!("/blobs/{}", descriptor.digest);
        if descriptor.size > limit {
            let reason = format!("it has {} bytes, more than {limit}", descriptor.size);
            return Err(self.error(ErrorKind::TooLarge, Method::Get, &path, reason));
        }
        // An error may be longer than a small blob.
        let call = Call::new(Method::Get, &path, descriptor.size.max(SAID));
        let answer = self.expect(&call).await?;
        let (size, digest) = (answer.body.len() as u64, Digest::of(&answer.body));
        if (size, &digest) != (descriptor.size, &descriptor.digest) {
            let reason = format!("the content has {size} bytes and digest {digest}");
            return Err(self.error(ErrorKind::DigestMismatch, Method::Get, &path, reason));
        }
        Ok(answer.body)
    }

    /// The name of content of this repository.
    pub(crate) fn reference(&self, digest: &Digest) -> Reference {
        Reference {
            registry: self.registry().to_owned(),
            repository: self.name().to_owned(),
            tag: None,
            digest: Some(digest.clone()),
        }
    }

    fn read(&self, path: &str, answer: Answer, wanted: Option<&Digest>) -> Result<Fetched, Error> {
        let error = |kind, reason| self.error(kind, Method::Get, path, reason);
        let digest = Digest::of(&answer.body);
        let told = answer.header("docker-content-digest").map(str::to_owned);
        // Of another algorithm there is nothing to compare with.
        let told = told.filter(|told| told.starts_with("sha256:"));
        let named = wanted.map(Digest::as_str).into_iter().chain(told.as_deref());
        if let Some(named) = named.into_iter().find(|named| *named != digest.as_str()) {
            let named: String = named.chars().take(100).collect();
            let reason = format!("the content has digest {digest}, not {named}");
            return Err(error(ErrorKind::DigestMismatch, reason));
        }
        let media_type = answer.header("content-type").unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim().to_owned();
        let content = Content::read(&media_type, &answer.body).map_err(|why| {
            error(ErrorKind::Malformed, format!("the manifest is refused: {why}"))
        })?;
        Ok(Fetched { digest, media_type, bytes: answer.body, content })
    }
}

fn manifest_path(reference: &Reference) -> String {
    match &reference.digest {
        Some(digest) => format!("/manifests/{digest}"),
        None => format!("/manifests/{}", reference.tag_or_latest()),
    }
}
