//! A container registry in this process: it remembers, and can be told to fail. The same tests run
//! against it and against a real registry, so that it does not differ where that matters.
//! <https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md>

use crate::http::{self, Request};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What goes wrong, once.
#[derive(Debug, Clone)]
pub enum RegistryFault {
    /// This status, headers and error code, and nothing is done.
    Answer(u16, Vec<(&'static str, String)>, &'static str),
    /// The connection ends without an answer; of an upload, half of the body is kept.
    Reset,
    /// Other bytes than those asked for.
    WrongBytes,
    /// An answer of so many bytes.
    Huge(usize),
    /// The head of an answer and the first byte of its body, then silence until the client goes; nothing is
    /// done.
    Silence,
    /// It is answered, and then the blob is gone.
    Vanishes,
    /// No token that was given before is valid any more, that of this request included.
    Expires,
}

/// The registry. It ends with the test.
#[derive(Debug)]
pub struct FakeRegistry {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    address: SocketAddr,
    is_over: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    /// By repository and digest.
    blobs: BTreeMap<(String, String), Vec<u8>>,
    /// By repository and digest: media type and content.
    manifests: BTreeMap<(String, String), (String, Vec<u8>)>,
    /// By repository and tag.
    tags: BTreeMap<(String, String), String>,
    /// By their number.
    uploads: BTreeMap<usize, Vec<u8>>,
    last_upload: usize,
    lists_referrers: bool,
    /// User and password.
    credentials: Option<(String, String)>,
    wants_basic: bool,
    /// The tokens that are valid have this number.
    token: usize,
    tokens_given: Vec<String>,
    faults: Vec<(&'static str, String, RegistryFault)>,
    log: Vec<String>,
    bodies: u64,
}

type Answer = (u16, Vec<(&'static str, String)>, Vec<u8>);

fn digest(content: &[u8]) -> String {
    format!("sha256:{}", data_encoding::HEXLOWER.encode(&Sha256::digest(content)))
}

fn refused(status: u16, code: &str) -> Answer {
    let said = json!({ "errors": [{ "code": code, "message": format!("{code} was said") }] });
    (status, Vec::new(), said.to_string().into_bytes())
}

impl FakeRegistry {
    /// A registry for everybody, which lists referrers if so wanted.
    pub fn start(lists_referrers: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Mutex::new(State { lists_referrers, ..State::default() });
        let shared = Arc::new(Shared { state, address, is_over: AtomicBool::new(false) });
        let own = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if own.is_over.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&own);
                std::thread::spawn(move || stream.map(|stream| shared.serve(stream)));
            }
        });
        Self { shared }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `127.0.0.1:PORT`, the registry's name in references.
    pub fn host(&self) -> String {
        self.shared.address.to_string()
    }

    /// From now on only this user may ask, with a token of the registry's authority.
    pub fn require_token(&self, user: &str, password: &str) {
        self.state().credentials = Some((user.to_owned(), password.to_owned()));
    }

    /// From now on only this user may ask, with the password itself.
    pub fn require_password(&self, user: &str, password: &str) {
        self.require_token(user, password);
        self.state().wants_basic = true;
    }

    /// No token that was given so far is valid any more.
    pub fn expire_tokens(&self) {
        self.state().token += 1;
    }

    /// Scopes of the tokens that were given.
    pub fn tokens_given(&self) -> Vec<String> {
        self.state().tokens_given.clone()
    }

    /// Lets the next request of that method, whose path contains `path`, fail in this way.
    pub fn fail(&self, method: &'static str, path: &str, fault: RegistryFault) {
        self.state().faults.push((method, path.to_owned(), fault));
    }

    /// Takes back the faults that have not happened.
    pub fn forgive(&self) {
        self.state().faults.clear();
    }

    /// Keeps a blob; gives its digest.
    pub fn put_blob(&self, repository: &str, content: &[u8]) -> String {
        let digest = digest(content);
        let key = (repository.to_owned(), digest.clone());
        self.state().blobs.insert(key, content.to_vec());
        digest
    }

    /// Keeps a manifest under its digest, and under a tag if there is one; gives the digest.
    pub fn put_manifest(
        &self,
        repository: &str,
        tag: Option<&str>,
        media_type: &str,
        manifest: &Value,
    ) -> String {
        let content = manifest.to_string().into_bytes();
        let digest = digest(&content);
        let mut state = self.state();
        let key = (repository.to_owned(), digest.clone());
        state.manifests.insert(key, (media_type.to_owned(), content));
        if let Some(tag) = tag {
            state.tags.insert((repository.to_owned(), tag.to_owned()), digest.clone());
        }
        digest
    }

    /// What a tag points to.
    pub fn tag(&self, repository: &str, tag: &str) -> Option<String> {
        self.state().tags.get(&(repository.to_owned(), tag.to_owned())).cloned()
    }

    /// All tags of a repository.
    pub fn tags(&self, repository: &str) -> Vec<String> {
        let state = self.state();
        let ours = state.tags.keys().filter(|(name, _)| name == repository);
        ours.map(|(_, tag)| tag.clone()).collect()
    }

    /// The content of a blob or manifest.
    pub fn content(&self, repository: &str, digest: &str) -> Option<Vec<u8>> {
        let key = (repository.to_owned(), digest.to_owned());
        let state = self.state();
        let manifest = state.manifests.get(&key).map(|(_, content)| content.clone());
        manifest.or_else(|| state.blobs.get(&key).cloned())
    }

    /// `GET /v2/acme/robot/manifests/v1` and so on, since the last time.
    pub fn take_requests(&self) -> Vec<String> {
        std::mem::take(&mut self.state().log)
    }

    /// Bytes of content that were sent here, since the last time.
    pub fn take_received(&self) -> u64 {
        std::mem::take(&mut self.state().bodies)
    }
}

impl Drop for FakeRegistry {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(self.shared.address);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, mut stream: TcpStream) {
        let Ok(request) = Request::read(&mut stream) else { return };
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let method = request.method.as_str();
        let fault = {
            let mut state = self.state();
            state.log.push(format!("{method} {path}"));
            state.bodies += request.body.len() as u64;
            let is_meant = |(known, part, _): &(&str, String, _)| {
                *known == method && path.contains(part.as_str())
            };
            let found = state.faults.iter().position(is_meant);
            found.map(|index| state.faults.remove(index).2)
        };
        match &fault {
            Some(RegistryFault::Answer(status, headers, code)) => {
                let (status, _, body) = refused(*status, code);
                return http::answer(stream, status, headers, &body);
            }
            Some(RegistryFault::Reset) => {
                let half = &request.body[..request.body.len() / 2];
                if let Some(upload) = self.state().upload(path) {
                    upload.extend_from_slice(half);
                }
                return;
            }
            Some(RegistryFault::Silence) => {
                let _ = stream.write_all(b"HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\nx");
                let _ = stream.read(&mut [0]);
                return;
            }
            Some(RegistryFault::Expires) => self.state().token += 1,
            _ => {}
        }
        let (status, mut headers, mut body) = self.act(&request, path, query);
        match fault {
            Some(RegistryFault::WrongBytes) => body.iter_mut().for_each(|byte| *byte ^= 1),
            Some(RegistryFault::Huge(size)) => body = vec![b'x'; size],
            Some(RegistryFault::Vanishes) => {
                let gone = path.rsplit('/').next().unwrap_or_default();
                self.state().blobs.retain(|(_, digest), _| digest != gone);
            }
            _ => {}
        }
        if method == "HEAD" {
            headers.push(("Content-Length", body.len().to_string()));
            body.clear();
        }
        http::answer(stream, status, &headers, &body);
    }

    fn act(&self, request: &Request, path: &str, query: &str) -> Answer {
        let mut state = self.state();
        if path == "/token" {
            return state.give_token(request, query);
        }
        if let Some(challenge) = state.challenge(request, self.address) {
            let (status, _, body) = refused(401, "UNAUTHORIZED");
            return (status, vec![("WWW-Authenticate", challenge)], body);
        }
        let Some(below) = path.strip_prefix("/v2/") else { return refused(404, "NOT_FOUND") };
        // Clients ask first whether it is a registry at all.
        if below.is_empty() {
            return (200, Vec::new(), b"{}".to_vec());
        }
        for part in ["/manifests/", "/blobs/uploads/", "/blobs/", "/referrers/"] {
            let Some((name, rest)) = below.split_once(part) else { continue };
            return match part {
                "/manifests/" => state.manifest(request, name, rest),
                "/blobs/uploads/" => state.uploads(request, path, name, rest, query),
                "/blobs/" => state.blob(request, name, rest),
                _ if state.lists_referrers => state.referrers(name, rest),
                _ => refused(404, "NOT_FOUND"),
            };
        }
        refused(404, "NOT_FOUND")
    }
}

impl State {
    fn upload(&mut self, path: &str) -> Option<&mut Vec<u8>> {
        let number = path.split_once("/blobs/uploads/")?.1.parse().ok()?;
        self.uploads.get_mut(&number)
    }

    fn basic(&self) -> Option<String> {
        let (user, password) = self.credentials.as_ref()?;
        let pair = format!("{user}:{password}");
        Some(format!("Basic {}", data_encoding::BASE64.encode(pair.as_bytes())))
    }

    fn give_token(&mut self, request: &Request, query: &str) -> Answer {
        let text = match request.method.as_str() {
            "POST" => String::from_utf8_lossy(&request.body).into_owned(),
            _ => query.to_owned(),
        };
        let text = text.replace("%3A", ":").replace("%2F", "/").replace("%2C", ",");
        let password = self.credentials.as_ref().map(|(_, password)| password.clone());
        let is_refresh = |password: &String| text.contains(&format!("refresh_token={password}"));
        let is_known = request.header("authorization").map(str::to_owned) == self.basic()
            || password.as_ref().is_some_and(is_refresh);
        if !is_known {
            return refused(401, "UNAUTHORIZED");
        }
        let scopes = text.split('&').filter_map(|pair| pair.strip_prefix("scope="));
        self.tokens_given.push(scopes.collect::<Vec<_>>().join(" "));
        let answer = json!({ "token": format!("token-{}", self.token) });
        (200, Vec::new(), answer.to_string().into_bytes())
    }

    fn challenge(&self, request: &Request, address: SocketAddr) -> Option<String> {
        let basic = self.basic()?;
        let shown = request.header("authorization");
        if self.wants_basic {
            return (shown != Some(&basic)).then(|| "Basic realm=\"fake\"".to_owned());
        }
        let valid = format!("Bearer token-{}", self.token);
        let challenge = format!("Bearer realm=\"http://{address}/token\",service=\"fake\"");
        (shown != Some(&valid)).then_some(challenge)
    }

    fn manifest(&mut self, request: &Request, name: &str, rest: &str) -> Answer {
        if request.method == "PUT" {
            return self.put(request, name, rest);
        }
        let tag = self.tags.get(&(name.to_owned(), rest.to_owned())).cloned();
        let key = (name.to_owned(), tag.unwrap_or_else(|| rest.to_owned()));
        let Some((media_type, content)) = self.manifests.get(&key) else {
            return refused(404, "MANIFEST_UNKNOWN");
        };
        let headers =
            vec![("Content-Type", media_type.clone()), ("Docker-Content-Digest", key.1.clone())];
        (200, headers, content.clone())
    }

    fn put(&mut self, request: &Request, name: &str, rest: &str) -> Answer {
        let digest = digest(&request.body);
        if rest.starts_with("sha256:") && rest != digest {
            return refused(400, "DIGEST_INVALID");
        }
        let Ok(document) = serde_json::from_slice::<Value>(&request.body) else {
            return refused(400, "MANIFEST_INVALID");
        };
        let list = |name: &str| document[name].as_array().cloned().unwrap_or_default();
        let blobs = list("layers").into_iter().chain(document.get("config").cloned());
        let has = |known: &dyn Fn(&(String, String)) -> bool, one: &Value| {
            one["digest"].as_str().is_some_and(|digest| known(&(name.into(), digest.into())))
        };
        if !blobs.into_iter().all(|one| has(&|key| self.blobs.contains_key(key), &one)) {
            return refused(400, "MANIFEST_BLOB_UNKNOWN");
        }
        let manifests = list("manifests");
        if !manifests.iter().all(|one| has(&|key| self.manifests.contains_key(key), one)) {
            return refused(400, "MANIFEST_BLOB_UNKNOWN");
        }
        let media_type = request.header("content-type").unwrap_or_default().to_owned();
        let key = (name.to_owned(), digest.clone());
        self.manifests.insert(key, (media_type, request.body.clone()));
        if !rest.starts_with("sha256:") {
            self.tags.insert((name.to_owned(), rest.to_owned()), digest.clone());
        }
        let mut headers = vec![
            ("Location", format!("/v2/{name}/manifests/{digest}")),
            ("Docker-Content-Digest", digest),
        ];
        if let Some(subject) =
            document["subject"]["digest"].as_str().filter(|_| self.lists_referrers)
        {
            headers.push(("OCI-Subject", subject.to_owned()));
        }
        (201, headers, Vec::new())
    }

    fn blob(&self, request: &Request, name: &str, digest: &str) -> Answer {
        let found = self.blobs.get(&(name.to_owned(), digest.to_owned()));
        match (request.method.as_str(), found) {
            ("GET" | "HEAD", Some(content)) => {
                let headers = vec![
                    ("Content-Type", "application/octet-stream".to_owned()),
                    ("Docker-Content-Digest", digest.to_owned()),
                ];
                (200, headers, content.clone())
            }
            _ => refused(404, "BLOB_UNKNOWN"),
        }
    }

    fn uploads(
        &mut self,
        request: &Request,
        path: &str,
        name: &str,
        rest: &str,
        query: &str,
    ) -> Answer {
        let value = |wanted: &str| {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let found = pairs.into_iter().find(|(name, _)| *name == wanted);
            found.map(|(_, value)| value.replace("%3A", ":").replace("%2F", "/"))
        };
        if request.method == "POST" {
            if let (Some(digest), Some(from)) = (value("mount"), value("from"))
                && let Some(content) = self.blobs.get(&(from, digest.clone())).cloned()
            {
                let location = format!("/v2/{name}/blobs/{digest}");
                self.blobs.insert((name.to_owned(), digest), content);
                return (201, vec![("Location", location)], Vec::new());
            }
            self.last_upload += 1;
            self.uploads.insert(self.last_upload, Vec::new());
            return Self::accepted(&format!("{path}{}", self.last_upload), 0);
        }
        let Some(upload) = self.upload(path) else { return refused(404, "BLOB_UPLOAD_UNKNOWN") };
        match request.method.as_str() {
            "GET" => {
                let (_, headers, _) = Self::accepted(path, upload.len());
                (204, headers, Vec::new())
            }
            "PATCH" => {
                let start = request.header("content-range").map_or("0", |range| range);
                let start: usize = start.split('-').next().unwrap_or("0").parse().unwrap_or(0);
                if start != upload.len() {
                    return refused(416, "BLOB_UPLOAD_INVALID");
                }
                upload.extend_from_slice(&request.body);
                let length = upload.len();
                Self::accepted(path, length)
            }
            "PUT" => {
                upload.extend_from_slice(&request.body);
                let content = upload.clone();
                let wanted = value("digest").unwrap_or_default();
                if digest(&content) != wanted {
                    return refused(400, "DIGEST_INVALID");
                }
                self.uploads.remove(&rest.parse().unwrap_or(0));
                self.blobs.insert((name.to_owned(), wanted.clone()), content);
                (201, vec![("Location", format!("/v2/{name}/blobs/{wanted}"))], Vec::new())
            }
            _ => refused(405, "UNSUPPORTED"),
        }
    }

    fn accepted(path: &str, length: usize) -> Answer {
        let range = format!("0-{}", length.saturating_sub(1));
        (202, vec![("Location", path.to_owned()), ("Range", range)], Vec::new())
    }

    fn referrers(&self, name: &str, subject: &str) -> Answer {
        let mut listed = Vec::new();
        for ((repository, digest), (media_type, content)) in &self.manifests {
            let document: Value = serde_json::from_slice(content).unwrap_or_default();
            if repository == name && document["subject"]["digest"] == subject {
                let own = document["artifactType"].clone();
                let kind =
                    if own.is_null() { document["config"]["mediaType"].clone() } else { own };
                listed.push(json!({ "mediaType": media_type, "digest": digest, "size": content.len(), "artifactType": kind }));
            }
        }
        let media_type = "application/vnd.oci.image.index.v1+json";
        let index = json!({ "schemaVersion": 2, "mediaType": media_type, "manifests": listed });
        (200, vec![("Content-Type", media_type.to_owned())], index.to_string().into_bytes())
    }
}
