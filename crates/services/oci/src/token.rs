//! Tokens of a registry's authority.
//! <https://distribution.github.io/distribution/spec/auth/token/>,
//! <https://distribution.github.io/distribution/spec/auth/oauth/>

use crate::challenge::Challenge;
use crate::credentials::{Credentials, basic};
use crate::error::{Error, ErrorKind};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use robot_contract::SecretText;
use robot_net::{Client, Method, Patience, Request};
use serde::Deserialize;

/// Largest answer of an authority, bytes.
const ANSWER: u64 = 256 << 10;
/// Who we say we are to an authority.
const CLIENT: &str = "robot-actions";

/// What is needed to get a token.
pub(crate) struct Authority<'a> {
    pub(crate) client: &'a Client,
    pub(crate) patience: &'a Patience,
    pub(crate) credentials: &'a Credentials,
    /// Whether the registry is asked by plain HTTP.
    pub(crate) is_plain: bool,
    /// The request that the registry has refused.
    pub(crate) request: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    access_token: Option<String>,
}

impl Authority<'_> {
    /// The value of the header `Authorization` that answers a challenge. `scopes` is what is needed.
    pub(crate) async fn answer(
        &self,
        challenge: &Challenge,
        scopes: &[String],
    ) -> Result<SecretText, Error> {
        match (challenge, self.credentials) {
            (Challenge::Basic, Credentials::Password { user, password }) => {
                Ok(SecretText::new(&basic(user, password)))
            }
            (Challenge::Basic, _) => {
                let reason = "the registry asks for a user and a password, and there are none";
                Err(Error::new(ErrorKind::Unauthorized, self.request, reason))
            }
            (Challenge::Bearer { realm, service, scope }, _) => {
                let mut all = scopes.to_vec();
                let told = scope.iter().flat_map(|scope| scope.split(' ').map(str::to_owned));
                all.extend(told.filter(|scope| !scope.is_empty()));
                all.sort_unstable();
                all.dedup();
                self.token(realm, service.as_deref(), &all).await
            }
        }
    }

    async fn token(
        &self,
        realm: &str,
        service: Option<&str>,
        scopes: &[String],
    ) -> Result<SecretText, Error> {
        // It gets our credentials: who can change an answer on its way must not choose it.
        if !(realm.starts_with("https://") || self.is_plain && realm.starts_with("http://")) {
            let reason = "the registry names an authority that is not asked by HTTPS";
            return Err(Error::new(ErrorKind::Malformed, self.request, reason));
        }
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        pairs.extend(service.map(|service| ("service", service)));
        let joined = scopes.join(" ");
        let answer = match self.credentials {
            Credentials::RefreshToken(token) => {
                pairs.extend([("grant_type", "refresh_token"), ("client_id", CLIENT)]);
                pairs.extend([("scope", &*joined), ("refresh_token", token.expose())]);
                let body = form(&pairs);
                let headers = [("content-type", "application/x-www-form-urlencoded")];
                let request = Request {
                    headers: &headers,
                    body: Some(body.into()),
                    is_repeatable: true,
                    ..Request::new(Method::Post, realm, ANSWER)
                };
                self.ask(&request).await?
            }
            credentials => {
                pairs.extend(scopes.iter().map(|scope| ("scope", &**scope)));
                let mark = if realm.contains('?') { '&' } else { '?' };
                let url = format!("{realm}{mark}{}", form(&pairs));
                let authorization = match credentials {
                    Credentials::Password { user, password } => Some(basic(user, password)),
                    _ => None,
                };
                let headers: Vec<(&str, &str)> =
                    authorization.iter().map(|value| ("authorization", &**value)).collect();
                let request =
                    Request { headers: &headers, ..Request::new(Method::Get, &url, ANSWER) };
                self.ask(&request).await?
            }
        };
        let token = answer.token.or(answer.access_token).filter(|token| !token.is_empty());
        let token = token.ok_or_else(|| {
            let reason = "the registry's authority answered without a token";
            Error::new(ErrorKind::Malformed, self.request, reason)
        })?;
        Ok(SecretText::new(&format!("Bearer {token}")))
    }

    async fn ask(&self, request: &Request<'_>) -> Result<Answer, Error> {
        let is_final = |answer: &robot_net::Answer| answer.status != 429 && answer.status < 500;
        let answer = self.client.ask_until(request, self.patience, is_final).await?;
        if !answer.is_success() {
            let mut error = Error::of_answer(self.request, &answer);
            // Some authorities say so of credentials that they do not know.
            if error.kind == ErrorKind::Refused {
                error.kind = ErrorKind::Unauthorized;
            }
            error.reason = format!("the registry gives no token: {}", error.reason);
            return Err(error);
        }
        // The library's message may repeat a part of the token.
        serde_json::from_slice(&answer.body).map_err(|_| {
            let reason = "the answer of the registry's authority is not JSON with a token";
            Error::new(ErrorKind::Malformed, self.request, reason)
        })
    }
}

/// What stands for itself in a query (RFC 3986, section 2.3).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Pairs of a query or a form; names are plain words.
pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| {
        let value = utf8_percent_encode(value, UNRESERVED);
        format!("{name}={value}")
    };
    pairs.iter().map(pair).collect::<Vec<_>>().join("&")
}
