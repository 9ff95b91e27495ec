//! Requests to one repository of a registry.

use crate::challenge::Challenge;
use crate::credentials::Credentials;
use crate::error::{Error, ErrorKind};
use crate::token::Authority;
use crate::{Digest, Reference};
use robot_contract::{Context, Secret, SecretText};
use robot_net::{Answer, Bytes, Client, Deadlines, Method, Patience, Request, Server};
use std::cell::RefCell;
use std::time::Duration;

/// The password for a registry, as tools take it.
pub const PASSWORD: Secret = Secret {
    input: "registry-password",
    variable: "REGISTRY_PASSWORD",
    help: "Password or token for the registry, with `registry-username`; without it, what `docker login` has left is used",
    default: None,
};

/// The token for GitHub's registry, as tools take it.
pub const GITHUB_TOKEN: Secret = Secret {
    input: "token",
    variable: "GITHUB_TOKEN",
    help: "Token for ghcr.io where nobody has logged in; no other registry gets it",
    default: Some("github.token"),
};

/// How a registry is asked.
#[derive(Debug, Clone)]
pub struct Options {
    /// The user of `password`.
    pub username: Option<String>,
    /// [`PASSWORD`].
    pub password: Option<SecretText>,
    /// [`GITHUB_TOKEN`].
    pub github_token: Option<SecretText>,
    /// Plain HTTP. Registries on this machine are asked so in any case.
    pub is_insecure: bool,
    /// Time that is waited in all for limits and for a registry that does not answer.
    pub patience: Duration,
    /// Time for one answer.
    pub deadlines: Deadlines,
    /// Bytes of a blob that are sent in one request; more are sent in pieces of this size.
    pub chunk: usize,
}

impl Options {
    /// What the environment has, and the usual deadlines. `username` is a setting.
    pub fn of(context: &Context, username: Option<&str>) -> Self {
        Self {
            username: username.map(str::to_owned),
            password: context.secret(&PASSWORD),
            github_token: context.secret(&GITHUB_TOKEN),
            ..Self::default()
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            username: None,
            password: None,
            github_token: None,
            is_insecure: false,
            patience: Duration::from_secs(120),
            deadlines: Deadlines { read: Duration::from_secs(120), ..Deadlines::default() },
            chunk: 32 << 20,
        }
    }
}

/// What is done with a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Read only.
    Pull,
    /// Read and written.
    Push,
}

/// A repository of a registry. It is used within one [`block_on`](robot_net::block_on).
#[derive(Debug)]
pub struct Repository {
    client: Client,
    /// `https://ghcr.io`
    origin: String,
    registry: String,
    name: String,
    credentials: Credentials,
    scopes: RefCell<Vec<String>>,
    /// The last answer to a challenge.
    authorization: RefCell<Option<SecretText>>,
    patience: Patience,
    pub(crate) chunk: usize,
}

/// A request below the repository.
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    /// Below `/v2/<name>`, or a whole address of the same registry.
    pub(crate) path: &'a str,
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) body: Option<Bytes>,
    /// Largest answer, bytes.
    pub(crate) limit: u64,
    pub(crate) is_repeatable: bool,
}

impl<'a> Call<'a> {
    pub(crate) const fn new(method: Method, path: &'a str, limit: u64) -> Self {
        let is_repeatable = !matches!(method, Method::Post);
        Self { method, path, headers: &[], body: None, limit, is_repeatable }
    }
}

impl Repository {
    /// The repository of `reference`. It is not asked yet.
    ///
    /// # Errors
    /// Credentials, a proxy's address or the system's certificates cannot be used.
    pub fn open(
        context: &Context,
        reference: &Reference,
        access: Access,
        options: &Options,
    ) -> Result<Self, Error> {
        let is_plain = options.is_insecure || reference.is_local();
        // Docker Hub's interface is elsewhere.
        let host = match &*reference.registry {
            "docker.io" => "registry-1.docker.io",
            host => host,
        };
        let origin = format!("{}://{host}", if is_plain { "http" } else { "https" });
        let agent = concat!("robot-actions/", env!("CARGO_PKG_VERSION"));
        let server = Server { deadlines: options.deadlines, ..Server::new(&origin, agent) };
        let variable = |name: &str| context.environment.get(name);
        let client = Client::new(&server, &variable, &context.cancellation)?;
        let credentials = Credentials::find(context, reference, options)?;
        let rights = if access == Access::Push { "pull,push" } else { "pull" };
        let scope = format!("repository:{}:{rights}", reference.repository);
        Ok(Self {
            client,
            origin,
            registry: reference.registry.clone(),
            name: reference.repository.clone(),
            credentials,
            scopes: RefCell::new(vec![scope]),
            authorization: RefCell::new(None),
            patience: Patience::new(options.patience),
            chunk: options.chunk.max(1),
        })
    }

    /// `ghcr.io`
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// `acme/robot`
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `ghcr.io/acme/robot@sha256:…`
    pub fn pinned(&self, digest: &Digest) -> String {
        format!("{}/{}@{digest}", self.registry, self.name)
    }

    /// Adds what the next token is for.
    pub(crate) fn add_scope(&self, scope: String) {
        let mut scopes = self.scopes.borrow_mut();
        if !scopes.contains(&scope) {
            scopes.push(scope);
            self.authorization.replace(None);
        }
    }

    /// The whole address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        match path.contains("://") {
            true => path.to_owned(),
            false => format!("{}/v2/{}{path}", self.origin, self.name),
        }
    }

    /// Where a registry sends us on to, as a whole address; relative ones are below the registry.
    pub(crate) fn location(&self, location: &str) -> String {
        match location.starts_with('/') && !location.starts_with("//") {
            true => format!("{}{location}", self.origin),
            false => location.to_owned(),
        }
    }

    /// Method and address, for errors.
    pub(crate) fn request(&self, method: Method, path: &str) -> String {
        let url = self.url(path);
        format!("{method} {}", url.split(['?', '#']).next().unwrap_or_default())
    }

    /// Asks until there is an answer that will not change, with a token where the registry wants one.
    /// Any status but 401, 429 and 5xx is an answer.
    pub(crate) async fn ask(&self, call: &Call<'_>) -> Result<Answer, Error> {
        let url = self.url(call.path);
        // A token is for the registry alone, not for where it keeps its uploads.
        let is_ours = url.strip_prefix(&*self.origin).is_some_and(|rest| rest.starts_with('/'));
        let mut is_fresh = false;
        loop {
            let authorization = self.authorization.borrow().clone().filter(|_| is_ours);
            let mut headers = call.headers.to_vec();
            headers.extend(authorization.as_ref().map(|value| ("authorization", value.expose())));
            let request = Request {
                method: call.method,
                url: &url,
                headers: &headers,
                body: call.body.clone(),
                limit: call.limit,
                is_repeatable: call.is_repeatable,
            };
            let is_final = |answer: &Answer| !matches!(answer.status, 408 | 429 | 500..);
            let answer = self.client.ask_until(&request, &self.patience, is_final).await?;
            if answer.status != 401 || !is_ours {
                return Ok(answer);
            }
            let name = self.request(call.method, call.path);
            let challenge = answer.header("www-authenticate").and_then(Challenge::parse);
            let Some(challenge) = challenge.filter(|_| !is_fresh) else {
                return Err(self.told(Error::of_answer(&name, &answer)));
            };
            let authority = Authority {
                client: &self.client,
                patience: &self.patience,
                credentials: &self.credentials,
                is_plain: self.origin.starts_with("http://"),
                request: &name,
            };
            let scopes = self.scopes.borrow().clone();
            let answer = authority.answer(&challenge, &scopes).await;
            let answer = answer.map_err(|error| self.told(error))?;
            self.authorization.replace(Some(answer));
            is_fresh = true;
        }
    }

    /// Says what is missing, where it is the credentials.
    fn told(&self, mut error: Error) -> Error {
        let is_anonymous = self.credentials == Credentials::Anonymous;
        if error.kind == ErrorKind::Unauthorized && is_anonymous {
            error.reason += "; there are no credentials for this registry";
        }
        error
    }

    /// As [`Repository::ask`], and any answer that is no success is an error.
    pub(crate) async fn expect(&self, call: &Call<'_>) -> Result<Answer, Error> {
        let answer = self.ask(call).await?;
        match answer.is_success() {
            true => Ok(answer),
            false => Err(Error::of_answer(&self.request(call.method, call.path), &answer)),
        }
    }

    pub(crate) fn error(
        &self,
        kind: ErrorKind,
        method: Method,
        path: &str,
        reason: impl Into<String>,
    ) -> Error {
        Error::new(kind, &self.request(method, path), reason)
    }
}
