//! What is attached to an image: signatures, attestations, SBOMs.
//! <https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers>

use crate::Digest;
use crate::error::{Error, ErrorKind};
use crate::manifest::{Content, Descriptor, Index, Manifest};
use crate::media_type;
use crate::read::Fetched;
use crate::repository::{Call, Repository};
use robot_net::{Answer, Method};

/// Largest page of a list, bytes.
const PAGE: u64 = 4 << 20;
/// Pages that are read.
const PAGES: usize = 20;
/// Entries that are taken.
const MOST: usize = 500;

/// Where referrers were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The registry lists them itself.
    Api,
    /// It cannot; clients keep a list under a tag.
    FallbackTag,
    /// It cannot, and there is no such tag: nothing is attached.
    Nowhere,
}

/// What is attached to an image.
#[derive(Debug, Clone)]
pub struct Referrers {
    /// Where they were found.
    pub source: Source,
    /// As listed. Lists under a tag may lack the type of an artifact or have it wrong: open the manifest.
    pub descriptors: Vec<Descriptor>,
}

/// Something attached, opened.
#[derive(Debug, Clone)]
pub struct Referrer {
    /// As listed.
    pub descriptor: Descriptor,
    /// Its manifest, whose subject is the image.
    pub manifest: Manifest,
}

impl Repository {
    /// Lists what is attached to the content with this digest.
    ///
    /// # Errors
    /// The registry does not tell. That it has no such list is no error.
    pub async fn referrers(&self, subject: &Digest) -> Result<Referrers, Error> {
        if let Some(descriptors) = self.listed(subject).await? {
            return Ok(Referrers { source: Source::Api, descriptors });
        }
        Ok(match self.fallback(subject).await? {
            Some(index) => Referrers { source: Source::FallbackTag, descriptors: index.manifests },
            None => Referrers { source: Source::Nowhere, descriptors: Vec::new() },
        })
    }

    /// Opens something attached to `subject`.
    ///
    /// # Errors
    /// It is not there, is no artifact, or is of another subject ([`ErrorKind::Malformed`]).
    pub async fn open_referrer(
        &self,
        subject: &Digest,
        descriptor: &Descriptor,
    ) -> Result<Referrer, Error> {
        let path = format!("/manifests/{}", descriptor.digest);
        let malformed =
            |reason: String| Err(self.error(ErrorKind::Malformed, Method::Get, &path, reason));
        let Content::Manifest(manifest) = self.manifest_of(descriptor).await?.content else {
            return malformed("what is attached is an index".to_owned());
        };
        match &manifest.subject {
            Some(own) if own.digest == *subject => {
                Ok(Referrer { descriptor: descriptor.clone(), manifest })
            }
            Some(own) => malformed(format!("it belongs to {}, not to {subject}", own.digest)),
            None => malformed("it does not say what it is attached to".to_owned()),
        }
    }

    /// What older clients have under the tag `sha256-<digits>.<suffix>`, such as signatures under `sig`.
    ///
    /// # Errors
    /// The registry does not tell.
    pub async fn legacy(&self, subject: &Digest, suffix: &str) -> Result<Option<Fetched>, Error> {
        let tag = format!("{}.{suffix}", fallback_tag(subject));
        self.find_manifest(&self.reference(subject).with_tag(&tag)).await
    }

    /// The list under the fallback tag.
    pub(crate) async fn fallback(&self, subject: &Digest) -> Result<Option<Index>, Error> {
        let reference = self.reference(subject).with_tag(&fallback_tag(subject));
        match self.find_manifest(&reference).await? {
            Some(Fetched { content: Content::Index(index), .. }) => Ok(Some(index)),
            Some(_) => {
                let path = format!("/manifests/{}", fallback_tag(subject));
                let reason = "the list of what is attached is not an index";
                Err(self.error(ErrorKind::Malformed, Method::Get, &path, reason))
            }
            None => Ok(None),
        }
    }

    /// What the registry lists itself; `None` where it cannot.
    async fn listed(&self, subject: &Digest) -> Result<Option<Vec<Descriptor>>, Error> {
        let mut path = format!("/referrers/{subject}");
        let mut all = Vec::new();
        for _ in 0..PAGES {
            let headers = [("accept", media_type::INDEX)];
            let call = Call { headers: &headers, ..Call::new(Method::Get, &path, PAGE) };
            let answer = self.ask(&call).await?;
            let is_index = media_type(&answer) == media_type::INDEX;
            match answer.status {
                200 if is_index => {}
                // A page for people, or no such interface.
                200 | 404 | 405 if all.is_empty() => return Ok(None),
                _ => return Err(Error::of_answer(&self.request(Method::Get, &path), &answer)),
            }
            let malformed = |why: String| {
                let reason = format!("the list of referrers is refused: {why}");
                self.error(ErrorKind::Malformed, Method::Get, &path, reason)
            };
            match Content::read(media_type::INDEX, &answer.body).map_err(malformed)? {
                Content::Index(index) => all.extend(index.manifests),
                Content::Manifest(_) => return Err(malformed("it is not an index".to_owned())),
            }
            if all.len() > MOST {
                return Err(malformed(format!("it has more than {MOST} entries")));
            }
            match answer.header("link").and_then(next) {
                Some(next) => path = self.same_registry(&path, next)?,
                None => return Ok(Some(all)),
            }
        }
        let reason = format!("the list of referrers has more than {PAGES} pages");
        Err(self.error(ErrorKind::Malformed, Method::Get, &path, reason))
    }

    /// The address of the next page, which gets our token.
    fn same_registry(&self, path: &str, next: &str) -> Result<String, Error> {
        let address = self.location(next);
        let origin = self.location("/");
        match address.starts_with(&origin) {
            true => Ok(address),
            false => {
                let reason = "the next page is on another server";
                Err(self.error(ErrorKind::Malformed, Method::Get, path, reason))
            }
        }
    }
}

/// The tag under which clients keep the list where a registry has none.
pub(crate) fn fallback_tag(subject: &Digest) -> String {
    format!("sha256-{}", subject.hex())
}

fn media_type(answer: &Answer) -> &str {
    let media_type = answer.header("content-type").unwrap_or_default();
    media_type.split(';').next().unwrap_or_default().trim()
}

/// The next page of a header `Link`: `</v2/…?n=2>; rel="next"`.
fn next(link: &str) -> Option<&str> {
    let (address, rest) = link.strip_prefix('<')?.split_once('>')?;
    (rest.contains("rel=\"next\"") || rest.contains("rel=next")).then_some(address)
}
