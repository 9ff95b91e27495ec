//! Requests to one repository, with its token.

use crate::{Error, ErrorKind, limits};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use robot_contract::{Context, Failure, SecretText};
use robot_net::{Answer, Client, Method, Patience, Request, Server};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;

/// Largest JSON response in bytes.
const ANSWER: u64 = 16 << 20;
/// Largest number of pages of a list.
const PAGES: u32 = 30;

/// One repository on GitHub or GitHub Enterprise Server.
#[derive(Debug)]
pub struct GitHub {
    client: Client,
    api: String,
    repository: String,
    token: Option<SecretText>,
    patience: Patience,
}

impl GitHub {
    /// The repository of this run. `patience` is the total time to wait for rate limits and for servers that do not
    /// respond.
    ///
    /// # Errors
    /// This is not a job of a repository, a proxy URL is invalid, or there are no certificates.
    pub fn open(
        context: &Context,
        token: Option<SecretText>,
        patience: Duration,
    ) -> Result<Self, Failure> {
        let repository = context.run.identity.repository.clone().unwrap_or_default();
        Self::open_other(context, &repository, token, patience)
    }

    /// As [`GitHub::open`], another repository: `owner/name`.
    ///
    /// # Errors
    /// As [`GitHub::open`].
    pub fn open_other(
        context: &Context,
        repository: &str,
        token: Option<SecretText>,
        patience: Duration,
    ) -> Result<Self, Failure> {
        let variable = |name: &str| context.environment.get(name);
        let api = variable("GITHUB_API_URL").unwrap_or("https://api.github.com");
        let api = api.trim_end_matches('/').to_owned();
        if !is_repository(repository) {
            return Err(Failure::user("GITHUB_REPOSITORY is not of the form `owner/name`")
                .hint("outside of a job, set GITHUB_REPOSITORY to `owner/name`"));
        }
        let repository = repository.to_owned();
        let agent = concat!("robot-actions/", env!("CARGO_PKG_VERSION"));
        let server = Server { limited: limits::limit, ..Server::new(&api, agent) };
        let client = Client::new(&server, &variable, &context.cancellation).map_err(|error| {
            Failure::user("the client for GitHub's API cannot be created").caused_by(&error)
        })?;
        Ok(Self { client, api, repository, token, patience: Patience::new(patience) })
    }

    /// `owner/name`.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        let answer = self.ask(Method::Get, path, None, ANSWER, true).await?;
        Self::read(Method::Get, path, &answer)
    }

    pub(crate) async fn get_bytes(&self, path: &str, limit: u64) -> Result<Vec<u8>, Error> {
        Ok(self.ask(Method::Get, path, None, limit, true).await?.body)
    }

    /// All pages of a list; `items` extracts the items of one page.
    pub(crate) async fn pages<T: DeserializeOwned, I>(
        &self,
        path: &str,
        items: impl Fn(T) -> Vec<I>,
    ) -> Result<Vec<I>, Error> {
        let mut all = Vec::new();
        for page in 1..=PAGES {
            let mark = if path.contains('?') { '&' } else { '?' };
            let path = format!("{path}{mark}per_page=100&page={page}");
            let answer = self.ask(Method::Get, &path, None, ANSWER, true).await?;
            // The number of items does not show the last page: a page may be short if items are hidden from us.
            let is_last = !answer.header("link").is_some_and(|link| link.contains("rel=\"next\""));
            all.extend(items(Self::read(Method::Get, &path, &answer)?));
            if is_last {
                break;
            }
        }
        Ok(all)
    }

    pub(crate) async fn change<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<T, Error> {
        let answer = self.ask(method, path, Some(body), ANSWER, method != Method::Post).await?;
        Self::read(method, path, &answer).map_err(|error| Error { is_unsure: true, ..error })
    }

    /// A change that appends, whatever its method.
    pub(crate) async fn append<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<T, Error> {
        let answer = self.ask(method, path, Some(body), ANSWER, false).await?;
        Self::read(method, path, &answer).map_err(|error| Error { is_unsure: true, ..error })
    }

    pub(crate) async fn delete(&self, path: &str) -> Result<(), Error> {
        self.ask(Method::Delete, path, None, ANSWER, true).await.map(drop)
    }

    fn read<T: DeserializeOwned>(method: Method, path: &str, answer: &Answer) -> Result<T, Error> {
        serde_json::from_slice(&answer.body).map_err(|error| Error {
            kind: ErrorKind::Malformed,
            is_unsure: false,
            request: format!("{method} {}", path.split('?').next().unwrap_or(path)),
            reason: format!("unexpected response: {error}"),
        })
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        limit: u64,
        is_repeatable: bool,
    ) -> Result<Answer, Error> {
        let url = format!("{}/repos/{}{path}", self.api, self.repository);
        let token = self.token.as_ref().map(|token| format!("Bearer {}", token.expose()));
        let mut headers = vec![
            ("accept", "application/vnd.github+json"),
            ("x-github-api-version", "2022-11-28"),
            ("content-type", "application/json"),
        ];
        if let Some(token) = &token {
            headers.push(("authorization", token));
        }
        let body = body.map(|body| body.to_string().into());
        let request = Request { method, url: &url, headers: &headers, body, limit, is_repeatable };
        self.client.ask(&request, &self.patience).await
    }
}

/// Unreserved characters of a query (RFC 3986, section 2.3).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Encodes a value of a query.
pub(crate) fn encoded(value: &str) -> String {
    utf8_percent_encode(value, UNRESERVED).to_string()
}

/// Checks the repository's name, because it becomes part of a URL.
fn is_repository(name: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word != ".."
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    name.split_once('/').is_some_and(|(owner, name)| is_word(owner) && is_word(name))
}
