//! The trusted root that an instance publishes today, by The Update Framework.
//! <https://theupdateframework.github.io/specification/latest/>
//!
//! The package sigstore-tuf follows the chain of root keys from the one that is built in, and checks signatures,
//! versions, expiry, lengths and hashes. Requests go through [`robot_net`].

use crate::Instance;
use jiff::Timestamp;
use robot_contract::Context;
use robot_net::{Client, Method, Patience, Request, Server};
use serde_json::Value;
use sigstore_tuf::transport::FetchFuture;
use sigstore_tuf::{Repository, Updater};
use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The name of the root among what is published.
const TARGET: &str = "trusted_root.json";

/// Where an instance publishes its root, and the key that vouches for the first step.
#[derive(Debug, Clone)]
pub struct Publisher {
    url: String,
    root: Cow<'static, [u8]>,
}

/// Why there is no newer root.
#[derive(Debug, thiserror::Error)]
pub enum PublisherError {
    /// The server did not answer, or the request could not be made.
    #[error(transparent)]
    Unreachable(#[from] robot_net::Error),
    /// What it sent is not vouched for, expired, or older than what is known.
    #[error("what {url} publishes is not accepted: {reason}")]
    Refused {
        /// Base URL.
        url: String,
        /// Why.
        reason: String,
    },
}

impl Publisher {
    /// The publisher of an instance, with its root keys as sigstore-trust-root 0.15.1 has them.
    pub fn embedded(instance: Instance) -> Self {
        let (url, root): (&str, &[u8]) = match instance {
            Instance::PublicGood => {
                ("https://tuf-repo-cdn.sigstore.dev", include_bytes!("../roots/public-good.json"))
            }
            Instance::Staging => {
                ("https://tuf-repo-cdn.sigstage.dev", include_bytes!("../roots/staging.json"))
            }
            Instance::GitHub => {
                ("https://tuf-repo.github.com", include_bytes!("../roots/github.json"))
            }
        };
        Self { url: url.to_owned(), root: Cow::Borrowed(root) }
    }

    /// The publisher of a private instance: its base URL, and its first root (`root.json`), which the caller trusts.
    pub fn private(url: &str, root: Vec<u8>) -> Self {
        Self { url: url.trim_end_matches('/').to_owned(), root: Cow::Owned(root) }
    }

    /// The published root (`trusted_root.json`). `patience` is the total time to wait for a server that does not
    /// respond.
    ///
    /// # Errors
    /// The server does not answer, or what it sends is not accepted.
    pub async fn trusted_root(
        &self,
        context: &Context,
        now: Timestamp,
        patience: Duration,
    ) -> Result<Vec<u8>, PublisherError> {
        let variable = |name: &str| context.environment.get(name);
        let agent = concat!("robot-actions/", env!("CARGO_PKG_VERSION"));
        let client = Client::new(&Server::new(&self.url, agent), &variable, &context.cancellation)?;
        let failed = Arc::new(Mutex::new(None));
        let files = Files {
            client,
            url: self.url.clone(),
            patience: Patience::new(patience),
            failed: Arc::clone(&failed),
        };
        self.updated(files, now).await.map_err(|error| {
            match failed.lock().unwrap_or_else(PoisonError::into_inner).take() {
                Some(unreachable) => PublisherError::Unreachable(unreachable),
                None => PublisherError::Refused { url: self.url.clone(), reason: reasons(&error) },
            }
        })
    }

    async fn updated(&self, files: Files, now: Timestamp) -> sigstore_tuf::Result<Vec<u8>> {
        let mut updater = Updater::new(files, &self.root)?;
        // By way of JSON: the package has a clock of another version than ours.
        let now = || serde_json::from_value(Value::String(now.to_string()));
        updater.refresh(now()?).await?;
        updater.get_target(TARGET, now()?).await
    }
}

/// An error with its sources, in one line.
fn reasons(error: &dyn std::error::Error) -> String {
    let sources = std::iter::successors(error.source(), |error| error.source());
    sources.fold(error.to_string(), |text, source| format!("{text}: {source}"))
}

/// The published files.
struct Files {
    client: Client,
    url: String,
    patience: Patience,
    /// The first request that failed; the package knows only its text.
    failed: Arc<Mutex<Option<robot_net::Error>>>,
}

impl Files {
    async fn file(&self, path: String, limit: u64) -> sigstore_tuf::Result<Option<Vec<u8>>> {
        let url = format!("{}/{path}", self.url);
        let request = Request::new(Method::Get, &url, limit);
        // Storage without the right to list says 403 for what does not exist.
        let is_absent = |status: u16| matches!(status, 403 | 404);
        let asked = self
            .client
            .ask_until(&request, &self.patience, |answer| {
                answer.is_success() || is_absent(answer.status)
            })
            .await;
        match asked {
            Ok(answer) if answer.is_success() => Ok(Some(answer.body)),
            Ok(_) => Ok(None),
            Err(error) => {
                let reason = error.to_string();
                self.failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                Err(sigstore_tuf::Error::transport(reason))
            }
        }
    }
}

impl Repository for Files {
    fn fetch_metadata<'a>(&'a self, name: &'a str, max_length: u64) -> FetchFuture<'a> {
        Box::pin(self.file(name.to_owned(), max_length))
    }

    fn fetch_target<'a>(&'a self, path: &'a str, max_length: u64) -> FetchFuture<'a> {
        Box::pin(self.file(format!("targets/{path}"), max_length))
    }
}
