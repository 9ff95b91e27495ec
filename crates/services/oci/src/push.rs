//! Writing: blobs first, then manifests under their digests, then tags. Whatever breaks off before leaves
//! no tag that points to half of an image.
//! <https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#push>

use crate::Digest;
use crate::error::{Error, ErrorKind};
use crate::manifest::{Descriptor, Index};
use crate::media_type;
use crate::read::SAID;
use crate::reference::is_tag;
use crate::referrers::fallback_tag;
use crate::repository::{Call, Repository};
use crate::token::form;
use robot_net::{Answer, Bytes, Method};

/// Sessions that are begun for one blob.
const SESSIONS: usize = 3;
/// Failures of one session after which it goes on where it was.
const RESUMES: usize = 5;

/// Content, and how it is named.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its name.
    pub descriptor: Descriptor,
    /// All of it.
    pub content: Bytes,
}

impl Part {
    /// `content`, named by its digest.
    pub fn new(media_type: &str, content: impl Into<Bytes>) -> Self {
        let content = content.into();
        Self { descriptor: Descriptor::of(media_type, &content), content }
    }
}

/// What is pushed as a whole.
#[derive(Debug, Clone, Default)]
pub struct Upload {
    /// Layers and configurations.
    pub blobs: Vec<Part>,
    /// From the inside: what others name goes before them. The last is what tags point to.
    pub manifests: Vec<Part>,
    /// Manifests whose subject is one of those.
    pub attached: Vec<Attached>,
}

/// A manifest that says something of another.
#[derive(Debug, Clone)]
pub struct Attached {
    /// What it says something of.
    pub subject: Digest,
    /// Its manifest; the descriptor names the type of the artifact.
    pub manifest: Part,
}

/// What a push came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pushed {
    /// Blobs that were sent.
    pub uploaded: usize,
    /// Blobs that came from another repository of the registry.
    pub mounted: usize,
    /// Blobs that were there.
    pub present: usize,
    /// Bytes of blobs and manifests that were sent.
    pub bytes: u64,
}

impl Repository {
    /// Pushes all of it, and then lets `tags` point to the last manifest. What is there already is not
    /// sent; what the repository `mount_from` of the same registry has is taken from there.
    ///
    /// # Errors
    /// The registry does not take it. Then no tag has moved, unless it is the tags that failed.
    pub async fn push(
        &self,
        upload: &Upload,
        tags: &[String],
        mount_from: Option<&str>,
    ) -> Result<Pushed, Error> {
        if let Some(wrong) = tags.iter().find(|tag| !is_tag(tag)) {
            return Err(Error::new(ErrorKind::Settings, &format!("`{wrong}`"), "it is not a tag"));
        }
        let mut pushed = Pushed::default();
        for blob in &upload.blobs {
            self.push_blob(blob, mount_from, &mut pushed).await?;
        }
        let mut is_sure = false;
        for manifest in &upload.manifests {
            let digest = manifest.descriptor.digest.as_str();
            let mut ended = self.put_manifest(digest, manifest, &mut pushed).await;
            // A blob that the registry said it has may be gone by now: everything is sent once more.
            if ended.as_ref().is_err_and(is_blob_unknown) && !is_sure {
                is_sure = true;
                for blob in &upload.blobs {
                    self.upload(blob, None, &mut pushed).await?;
                }
                ended = self.put_manifest(digest, manifest, &mut pushed).await;
            }
            ended?;
        }
        for attached in &upload.attached {
            self.attach(attached, &mut pushed).await?;
        }
        if let Some(root) = upload.manifests.last() {
            for tag in tags {
                self.put_manifest(tag, root, &mut pushed).await?;
            }
        }
        Ok(pushed)
    }

    /// Whether the repository has a blob.
    ///
    /// # Errors
    /// The registry does not tell.
    pub async fn has_blob(&self, digest: &Digest) -> Result<bool, Error> {
        let path = format!("/blobs/{digest}");
        let answer = self.ask(&Call::new(Method::Head, &path, SAID)).await?;
        match answer.status {
            404 => Ok(false),
            _ if answer.is_success() => Ok(true),
            _ => Err(Error::of_answer(&self.request(Method::Head, &path), &answer)),
        }
    }

    async fn push_blob(
        &self,
        blob: &Part,
        mount_from: Option<&str>,
        pushed: &mut Pushed,
    ) -> Result<(), Error> {
        if self.has_blob(&blob.descriptor.digest).await? {
            pushed.present += 1;
            return Ok(());
        }
        let Some(from) = mount_from.filter(|from| *from != self.name()) else {
            return self.upload(blob, None, pushed).await;
        };
        self.add_scope(format!("repository:{from}:pull"));
        let query = form(&[("mount", blob.descriptor.digest.as_str()), ("from", from)]);
        let path = format!("/blobs/uploads/?{query}");
        let answer = self.expect(&begin(&path)).await?;
        if answer.status == 201 {
            pushed.mounted += 1;
            return Ok(());
        }
        // It does not have it: the answer is an ordinary session.
        self.upload(blob, Some(answer), pushed).await
    }

    /// Sends a blob; `session` is an answer that began one.
    async fn upload(
        &self,
        blob: &Part,
        mut session: Option<Answer>,
        pushed: &mut Pushed,
    ) -> Result<(), Error> {
        let mut last = None;
        for _ in 0..SESSIONS {
            let answer = match session.take() {
                Some(answer) => answer,
                None => self.expect(&begin("/blobs/uploads/")).await?,
            };
            let sent = match blob.content.len() <= self.chunk {
                true => self.send_whole(blob, &answer, pushed).await,
                false => self.send_chunks(blob, &answer, pushed).await,
            };
            match sent {
                Ok(()) => {
                    pushed.uploaded += 1;
                    return Ok(());
                }
                Err(error) if may_pass(error.kind) => last = Some(error),
                Err(error) => return Err(error),
            }
        }
        let unsent = || {
            let path = "/blobs/uploads/";
            self.error(ErrorKind::ServerFailed, Method::Post, path, "the upload did not end")
        };
        Err(last.unwrap_or_else(unsent))
    }

    /// In one request.
    async fn send_whole(
        &self,
        blob: &Part,
        session: &Answer,
        pushed: &mut Pushed,
    ) -> Result<(), Error> {
        let location = self.session(session)?;
        self.finish(&location, blob, blob.content.clone(), pushed).await
    }

    /// In pieces: after a failure, from where the registry says that it is.
    async fn send_chunks(
        &self,
        blob: &Part,
        session: &Answer,
        pushed: &mut Pushed,
    ) -> Result<(), Error> {
        let mut location = self.session(session)?;
        let (mut offset, mut failures) = (0, 0);
        let length = blob.content.len();
        while offset < length {
            let end = length.min(offset + self.chunk);
            let range = format!("{offset}-{}", end - 1);
            let headers =
                [("content-type", "application/octet-stream"), ("content-range", &*range)];
            let call = Call {
                headers: &headers,
                body: Some(blob.content.slice(offset..end)),
                is_repeatable: false,
                ..Call::new(Method::Patch, &location, SAID)
            };
            pushed.bytes += (end - offset) as u64;
            match self.expect(&call).await {
                Ok(answer) => {
                    location = self.session(&answer)?;
                    offset = received(&answer).filter(|next| *next <= length).unwrap_or(end);
                }
                Err(error) if failures == RESUMES || !may_pass(error.kind) => return Err(error),
                Err(_) => {
                    failures += 1;
                    let answer = self.expect(&Call::new(Method::Get, &location, SAID)).await?;
                    location = self.session(&answer).unwrap_or(location);
                    offset = received(&answer).filter(|next| *next <= length).unwrap_or(0);
                }
            }
        }
        self.finish(&location, blob, Bytes::new(), pushed).await
    }

    /// Ends a session with the rest of the content, and names the digest of all of it.
    async fn finish(
        &self,
        location: &str,
        blob: &Part,
        rest: Bytes,
        pushed: &mut Pushed,
    ) -> Result<(), Error> {
        let digest = &blob.descriptor.digest;
        let mark = if location.contains('?') { '&' } else { '?' };
        let url = format!("{location}{mark}{}", form(&[("digest", digest.as_str())]));
        pushed.bytes += rest.len() as u64;
        let headers = [("content-type", "application/octet-stream")];
        let call = Call {
            headers: &headers,
            body: Some(rest),
            is_repeatable: false,
            ..Call::new(Method::Put, &url, SAID)
        };
        match self.expect(&call).await {
            Ok(_) => Ok(()),
            // It may have had its effect all the same.
            Err(error) if may_pass(error.kind) && self.has_blob(digest).await? => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Puts a manifest under a digest or a tag.
    async fn put_manifest(
        &self,
        name: &str,
        manifest: &Part,
        pushed: &mut Pushed,
    ) -> Result<(), Error> {
        self.put(name, manifest, pushed).await.map(drop)
    }

    async fn put(&self, name: &str, manifest: &Part, pushed: &mut Pushed) -> Result<Answer, Error> {
        let path = format!("/manifests/{name}");
        let headers = [("content-type", &*manifest.descriptor.media_type)];
        let call = Call {
            headers: &headers,
            body: Some(manifest.content.clone()),
            ..Call::new(Method::Put, &path, SAID)
        };
        let answer = self.expect(&call).await?;
        pushed.bytes += manifest.content.len() as u64;
        let wanted = manifest.descriptor.digest.as_str();
        let told = answer.header("docker-content-digest").unwrap_or(wanted);
        if told != wanted {
            let told: String = told.chars().take(100).collect();
            let reason = format!("the registry took it as {told}, not as {wanted}");
            return Err(self.error(ErrorKind::DigestMismatch, Method::Put, &path, reason));
        }
        Ok(answer)
    }

    /// Attaches a manifest to its subject; where the registry keeps no list of what is attached, the one
    /// under the fallback tag is written.
    async fn attach(&self, attached: &Attached, pushed: &mut Pushed) -> Result<(), Error> {
        let name = attached.manifest.descriptor.digest.as_str();
        let answer = self.put(name, &attached.manifest, pushed).await?;
        if answer.header("oci-subject").is_some() {
            return Ok(());
        }
        let list = self.fallback(&attached.subject).await?;
        let mut list = list.unwrap_or_else(|| Index::new(Vec::new()));
        if list.manifests.iter().any(|one| one.digest.as_str() == name) {
            return Ok(());
        }
        list.manifests.push(attached.manifest.descriptor.clone());
        let written = serde_json::to_vec(&list).map_err(|error| {
            Error::new(ErrorKind::Internal, "the list of referrers", error.to_string())
        })?;
        let list = Part::new(media_type::INDEX, written);
        self.put_manifest(&fallback_tag(&attached.subject), &list, pushed).await
    }

    /// Where the next request of an upload goes.
    fn session(&self, answer: &Answer) -> Result<String, Error> {
        let location = answer.header("location").map(|location| self.location(location));
        location.filter(|location| location.contains("://")).ok_or_else(|| {
            let reason = "the registry does not say where the upload goes on";
            self.error(ErrorKind::Malformed, Method::Post, "/blobs/uploads/", reason)
        })
    }
}

/// The request that begins an upload. Sent twice, it makes two sessions, of which one ends by itself.
fn begin(path: &str) -> Call<'_> {
    let mut call = Call::new(Method::Post, path, SAID);
    call.is_repeatable = true;
    call
}

/// Bytes that the registry has: `Range: 0-99` means 100.
fn received(answer: &Answer) -> Option<usize> {
    let (_, last) = answer.header("range")?.trim_start_matches("bytes=").split_once('-')?;
    let last: usize = last.parse().ok()?;
    // Nothing and one byte are written the same way.
    last.checked_add(usize::from(last > 0))
}

/// Whether another session may do better: a session that the registry has forgotten is no answer to
/// what we asked for.
const fn may_pass(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ServerFailed | ErrorKind::TooSlow | ErrorKind::NotFound | ErrorKind::Refused
    )
}

fn is_blob_unknown(error: &Error) -> bool {
    error.reason.contains("BLOB_UNKNOWN")
}
