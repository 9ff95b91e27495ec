use crate::{Error, ErrorKind, retry};
use robot_contract::{Context, Failure, SecretText};
use robot_net::{Answer, Client, Method, Request};
use robot_process::Cancellation;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::cell::Cell;
use std::time::Duration;

/// Largest JSON answer, bytes.
const ANSWER: u64 = 16 << 20;
/// Pages of a list; more is not what a pull request has.
const PAGES: u32 = 30;

/// One repository on GitHub or GitHub Enterprise Server.
#[derive(Debug)]
pub struct GitHub {
    client: Client,
    api: String,
    repository: String,
    token: Option<SecretText>,
    patience: Cell<Duration>,
    cancellation: Cancellation,
}

impl GitHub {
    /// The repository of this run. Of `patience` so much is waited for limits and for servers that
    /// do not answer, in all.
    ///
    /// # Errors
    /// This is no job of a repository; the API's address or a proxy's is none.
    pub fn open(
        context: &Context,
        token: Option<SecretText>,
        patience: Duration,
    ) -> Result<Self, Failure> {
        let variable = |name: &str| context.environment.get(name);
        let api = variable("GITHUB_API_URL").unwrap_or("https://api.github.com");
        let api = api.trim_end_matches('/').to_owned();
        let repository = context.run.repository.clone().filter(|name| is_repository(name));
        let Some(repository) = repository else {
            return Err(Failure::user("GITHUB_REPOSITORY does not name a repository")
                .hint("outside of a job, set it to `owner/name`"));
        };
        let agent = concat!("robot-actions/", env!("CARGO_PKG_VERSION"));
        let client = Client::new(&api, agent, &variable).map_err(|error| {
            Failure::user("the way to GitHub's API is not clear").caused_by(&error)
        })?;
        Ok(Self {
            client,
            api,
            repository,
            token,
            patience: Cell::new(patience),
            cancellation: context.cancellation.clone(),
        })
    }

    /// `owner/name`.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        let answer = self.ask(Method::Get, path, None, ANSWER, true)?;
        Self::read(Method::Get, path, &answer)
    }

    pub(crate) fn get_bytes(&self, path: &str, limit: u64) -> Result<Vec<u8>, Error> {
        Ok(self.ask(Method::Get, path, None, limit, true)?.body)
    }

    /// All pages of a list; `items` takes one page apart.
    pub(crate) fn pages<T: DeserializeOwned, I>(
        &self,
        path: &str,
        items: impl Fn(T) -> Vec<I>,
    ) -> Result<Vec<I>, Error> {
        let mut all = Vec::new();
        for page in 1..=PAGES {
            let mark = if path.contains('?') { '&' } else { '?' };
            let path = format!("{path}{mark}per_page=100&page={page}");
            let answer = self.ask(Method::Get, &path, None, ANSWER, true)?;
            // Counting is not enough: a page may be short where something is hidden from us.
            let is_last = !answer.header("link").is_some_and(|link| link.contains("rel=\"next\""));
            all.extend(items(Self::read(Method::Get, &path, &answer)?));
            if is_last {
                break;
            }
        }
        Ok(all)
    }

    pub(crate) fn change<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<T, Error> {
        let answer = self.ask(method, path, Some(body), ANSWER, method != Method::Post)?;
        Self::read(method, path, &answer).map_err(|error| Error { is_unsure: true, ..error })
    }

    /// A change that adds to what is there, whatever its method.
    pub(crate) fn append<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<T, Error> {
        let answer = self.ask(method, path, Some(body), ANSWER, false)?;
        Self::read(method, path, &answer).map_err(|error| Error { is_unsure: true, ..error })
    }

    pub(crate) fn delete(&self, path: &str) -> Result<(), Error> {
        self.ask(Method::Delete, path, None, ANSWER, true).map(drop)
    }

    fn read<T: DeserializeOwned>(method: Method, path: &str, answer: &Answer) -> Result<T, Error> {
        serde_json::from_slice(&answer.body).map_err(|error| Error {
            kind: ErrorKind::Malformed,
            is_unsure: false,
            request: named(method, path),
            reason: format!("the answer is not what it should be: {error}"),
        })
    }

    /// Asks until there is a success, an answer that will not change, or no patience left. What is
    /// not as good twice as once is asked again only when nothing can have happened.
    fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        limit: u64,
        is_repeatable: bool,
    ) -> Result<Answer, Error> {
        let mut attempt = 0;
        loop {
            let (error, answer) = match self.send(method, path, body, limit) {
                Ok(answer) if (200..300).contains(&answer.status) => return Ok(answer),
                Ok(answer) => {
                    let kind = retry::kind(&answer);
                    // A server that broke down may have done its work before.
                    let is_unsure = kind == ErrorKind::Unavailable && !is_repeatable;
                    let reason = reason(&answer);
                    (Error { kind, is_unsure, request: named(method, path), reason }, Some(answer))
                }
                Err(error) => {
                    let is_unsure = error.is_unsure() && !is_repeatable;
                    let kind = ErrorKind::Unavailable;
                    let reason = error.to_string();
                    (Error { kind, is_unsure, request: named(method, path), reason }, None)
                }
            };
            attempt += 1;
            let may_change = matches!(error.kind, ErrorKind::Limited | ErrorKind::Unavailable);
            if error.is_unsure || !may_change || attempt == retry::ATTEMPTS {
                return Err(error);
            }
            let wait = retry::wait(error.kind, answer.as_ref(), attempt - 1);
            if wait > self.patience.get() || self.cancellation.wait(wait) {
                return Err(error);
            }
            self.patience.set(self.patience.get() - wait);
        }
    }

    fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        limit: u64,
    ) -> Result<Answer, robot_net::Error> {
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
        let body = body.map(Value::to_string);
        let body = body.as_deref();
        self.client.send(&Request { method, url: &url, headers: &headers, body, limit })
    }
}

/// A value of a query.
pub(crate) fn encoded(value: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    value.bytes().map(encode).collect()
}

/// It becomes part of an address.
fn is_repository(name: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word != ".."
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    name.split_once('/').is_some_and(|(owner, name)| is_word(owner) && is_word(name))
}

fn named(method: Method, path: &str) -> String {
    let path = path.split('?').next().unwrap_or(path);
    format!("{} {path}", format!("{method:?}").to_uppercase())
}

/// Status and GitHub's `message`, cut: it comes from outside.
fn reason(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let message: String = body["message"].as_str().unwrap_or_default().chars().take(300).collect();
    format!("{} {message}", answer.status).trim_end().to_owned()
}
