//! Requests.

use bytes::Bytes;
use std::fmt;

/// HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Reads only the headers.
    Head,
    /// Creates something. Sent twice, it creates two.
    Post,
    /// Replaces something.
    Put,
    /// Changes something. Sending it twice has the same effect as once, unless it appends to a list.
    Patch,
    /// Removes something.
    Delete,
}

impl fmt::Display for Method {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.of_reqwest().as_str())
    }
}

impl Method {
    pub(crate) const fn of_reqwest(self) -> reqwest::Method {
        match self {
            Self::Get => reqwest::Method::GET,
            Self::Head => reqwest::Method::HEAD,
            Self::Post => reqwest::Method::POST,
            Self::Put => reqwest::Method::PUT,
            Self::Patch => reqwest::Method::PATCH,
            Self::Delete => reqwest::Method::DELETE,
        }
    }
}

/// A request.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// HTTP method.
    pub method: Method,
    /// URL with scheme and host.
    pub url: &'a str,
    /// Additional headers. `Authorization` and `Cookie` are not sent to another host after a redirect.
    pub headers: &'a [(&'a str, &'a str)],
    /// Body, which is sent with each attempt without being copied.
    pub body: Option<Bytes>,
    /// Largest accepted response body, in bytes.
    pub limit: u64,
    /// Whether sending it twice has the same effect as sending it once.
    pub is_repeatable: bool,
}

impl<'a> Request<'a> {
    /// A request without headers or body, repeatable unless it is a POST.
    pub fn new(method: Method, url: &'a str, limit: u64) -> Self {
        let is_repeatable = method != Method::Post;
        Self { method, url, headers: &[], body: None, limit, is_repeatable }
    }

    /// `GET https://example.com/path` for errors, without query and user, which may contain secrets.
    pub(crate) fn name(&self) -> String {
        let url = self.url.split(['?', '#']).next().unwrap_or_default();
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let (host, path) = rest.find('/').map_or((rest, ""), |start| rest.split_at(start));
        let host = host.rsplit('@').next().unwrap_or_default();
        let separator = if scheme.is_empty() { "" } else { "://" };
        format!("{} {scheme}{separator}{host}{path}", self.method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_request_without_its_secrets() {
        let name = |url| Request::new(Method::Put, url, 0).name();
        assert_eq!(name("https://u:secret@a.test:1/b/c?token=secret"), "PUT https://a.test:1/b/c");
        assert_eq!(name("https://a.test?sig=secret/@x"), "PUT https://a.test");
        assert_eq!(name("not an address"), "PUT not an address");
    }
}
