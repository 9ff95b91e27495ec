//! Sends requests to one server and follows its redirects.

use crate::answer::{interrupted, too_large};
use crate::error::Trouble;
use crate::retry::{self, Patience};
use crate::{
    Answer, Deadlines, Error, ErrorKind, Limit, Method, Request, Server, Streaming, proxy, redirect,
};
use reqwest::header::CONTENT_LENGTH;
use robot_cancel::Cancellation;
use std::time::Duration;

/// Idle connections are closed before most servers would close them. If the server closed a connection at the
/// moment of a request, it would be unknown whether the request had its effect.
const IDLE: Duration = Duration::from_secs(15);

/// A client for one server. It is used within one [`block_on`](crate::block_on).
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    deadlines: Deadlines,
    limited: fn(&Answer) -> Option<Limit>,
    cancellation: Cancellation,
}

impl Client {
    /// A client for `server`. `variable` reads the environment for proxies. Once `cancellation` is cancelled,
    /// every request ends.
    ///
    /// # Errors
    /// A proxy URL, a certificate or a key is invalid, or the system has no certificates.
    pub fn new<'a>(
        server: &Server<'_>,
        variable: &dyn Fn(&str) -> Option<&'a str>,
        cancellation: &Cancellation,
    ) -> Result<Self, Error> {
        let builder = reqwest::Client::builder()
            .user_agent(server.agent)
            .connect_timeout(server.deadlines.connect)
            .read_timeout(server.deadlines.read)
            .redirect(redirect::policy(server.identity.is_some()))
            .referer(false)
            // Retries are decided in one place: `retry`.
            .retry(reqwest::retry::never())
            .pool_idle_timeout(IDLE)
            .no_proxy();
        let builder =
            proxy::all(variable)?.into_iter().fold(builder, reqwest::ClientBuilder::proxy);
        #[cfg(feature = "tls")]
        let builder = builder.tls_backend_preconfigured(crate::tls::config(server)?);
        let http = builder
            .build()
            .map_err(|error| Trouble::of(error).into_error("client".into(), true))?;
        let cancellation = cancellation.clone();
        Ok(Self { http, deadlines: server.deadlines, limited: server.limited, cancellation })
    }

    /// Sends once and waits for the head of the response. The body may be endless: each read has a deadline, the
    /// whole has none.
    ///
    /// # Errors
    /// There is no response, or it announces a body larger than the request's limit.
    pub async fn stream(&self, request: &Request<'_>) -> Result<Streaming, Error> {
        let failed = |trouble: Trouble| trouble.into_error(request.name(), request.is_repeatable);
        let mut builder = self.http.request(request.method.of_reqwest(), request.url);
        for (name, value) in request.headers {
            builder = builder.header(*name, *value);
        }
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        let sent = self.cancellation.unless_cancelled(builder.send()).await;
        let response = match sent {
            Some(sent) => sent.map_err(|error| failed(Trouble::of(error)))?,
            None => return Err(failed(interrupted())),
        };
        let length = response.headers().get(CONTENT_LENGTH);
        let length: Option<u64> = length.and_then(|length| length.to_str().ok()?.parse().ok());
        if request.method != Method::Head && length.is_some_and(|length| length > request.limit) {
            return Err(failed(too_large()));
        }
        Ok(Streaming {
            response,
            request: request.name(),
            is_repeatable: request.is_repeatable,
            left: request.limit,
            cancellation: self.cancellation.clone(),
        })
    }

    /// Sends once and waits for the complete response with any status.
    ///
    /// # Errors
    /// There is no complete response, or it is larger than the request's limit.
    pub async fn send(&self, request: &Request<'_>) -> Result<Answer, Error> {
        let whole = async {
            let mut streaming = self.stream(request).await?;
            let mut body = Vec::new();
            while let Some(chunk) = streaming.chunk().await? {
                body.extend_from_slice(&chunk);
            }
            let status = streaming.status();
            Ok(Answer { status, headers: streaming.response.headers().clone(), body })
        };
        tokio::time::timeout(self.deadlines.whole, whole).await.unwrap_or_else(|_| {
            let seconds = self.deadlines.whole.as_secs_f64();
            let reason = format!("no complete response within {seconds} s");
            let trouble = Trouble::Unsure(ErrorKind::TooSlow, reason);
            Err(trouble.into_error(request.name(), request.is_repeatable))
        })
    }

    /// Sends until there is a success, a permanent failure, or no patience left. A request that is not repeatable
    /// is sent again only if the first one cannot have had an effect.
    ///
    /// # Errors
    /// There is no response, or it is not a success.
    pub async fn ask(&self, request: &Request<'_>, patience: &Patience) -> Result<Answer, Error> {
        self.ask_until(request, patience, Answer::is_success).await
    }

    /// As [`Client::ask`], until an answer is one that the caller `takes`, whatever its status.
    ///
    /// # Errors
    /// There is no answer, or it is none that the caller takes.
    pub async fn ask_until(
        &self,
        request: &Request<'_>,
        patience: &Patience,
        takes: impl Fn(&Answer) -> bool,
    ) -> Result<Answer, Error> {
        let mut attempt = 0;
        loop {
            let (error, wait) = match self.send(request).await {
                Ok(answer) if takes(&answer) => return Ok(answer),
                Ok(answer) => {
                    let (kind, wait) = retry::judge(&answer, (self.limited)(&answer), attempt);
                    // A server that failed may have done its work before.
                    let is_unsure = kind == ErrorKind::Unavailable && !request.is_repeatable;
                    let (request, reason) = (request.name(), answer.reason());
                    (Error { kind, is_unsure, request, reason }, wait)
                }
                Err(error) => (error, retry::step(attempt)),
            };
            let is_last = error.is_unsure || !error.may_pass() || attempt + 1 == retry::ATTEMPTS;
            if is_last || !patience.take(wait) || crate::pause(wait, &self.cancellation).await {
                return Err(error);
            }
            attempt += 1;
        }
    }
}
