use crate::{Error, proxy};
use std::sync::Arc;
use std::time::Duration;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// How long one request may take with its answer.
const TIME: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(10);

/// What a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes something: sent twice, it makes two.
    Post,
    /// Changes: sent twice, it is as sent once, unless it adds to a list.
    Patch,
    /// Removes.
    Delete,
}

/// A request, without a body where it reads.
#[derive(Debug)]
pub struct Request<'a> {
    /// What it does.
    pub method: Method,
    /// Where.
    pub url: &'a str,
    /// Beside those that HTTP needs.
    pub headers: &'a [(&'a str, &'a str)],
    /// JSON.
    pub body: Option<&'a str>,
    /// Largest body of an answer that is taken, bytes.
    pub limit: u64,
}

/// Whatever the server answered.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// As sent.
    pub body: Vec<u8>,
}

impl Answer {
    /// A header by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A client for one server and where that sends it on to.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
}

impl Client {
    /// A client for the server of `url`; proxies are taken from `variable`, certificates from the
    /// system or `SSL_CERT_FILE`.
    ///
    /// # Errors
    /// A proxy is named whose address is none.
    pub fn new<'a>(
        url: &str,
        agent: &str,
        variable: &dyn Fn(&str) -> Option<&'a str>,
    ) -> Result<Self, Error> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(TIME))
            .timeout_connect(Some(CONNECT))
            .max_redirects(5)
            .user_agent(agent)
            .proxy(proxy::of(url, variable)?);
        let config = match url.starts_with("https:") {
            true => config.tls_config(tls()),
            false => config,
        };
        Ok(Self { agent: config.build().new_agent() })
    }

    /// Sends, and waits for the answer. Credentials do not follow to another host.
    ///
    /// # Errors
    /// There is no whole answer; it is larger than the request's limit.
    pub fn send(&self, request: &Request<'_>) -> Result<Answer, Error> {
        macro_rules! with_headers {
            ($builder:expr) => {
                request
                    .headers
                    .iter()
                    .fold($builder, |builder, (name, value)| builder.header(*name, *value))
            };
        }
        let body = request.body.unwrap_or_default();
        let sent = match request.method {
            Method::Get => with_headers!(self.agent.get(request.url)).call(),
            Method::Delete => with_headers!(self.agent.delete(request.url)).call(),
            Method::Post => with_headers!(self.agent.post(request.url)).send(body),
            Method::Patch => with_headers!(self.agent.patch(request.url)).send(body),
        };
        let mut answer = sent.map_err(|error| Error::of(error, request.limit))?;
        let headers = answer
            .headers()
            .iter()
            .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
            .collect();
        let status = answer.status().as_u16();
        let body = answer.body_mut().with_config().limit(request.limit).read_to_vec();
        let body = body.map_err(|error| match Error::of(error, request.limit) {
            // The server had the whole request by now.
            Error::Unsent(said) => Error::Unsure(said),
            error => error,
        })?;
        Ok(Answer { status, headers, body })
    }
}

fn tls() -> TlsConfig {
    // Fails when one is there already, which is then as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let found = rustls_native_certs::load_native_certs().certs;
    let certificates: Vec<Certificate<'static>> =
        found.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect();
    TlsConfig::builder().root_certs(RootCerts::Specific(Arc::new(certificates))).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    fn ask(method: Method, url: &str) -> Result<Answer, Error> {
        let client = Client::new(url, "robot-test", &|_| None).unwrap();
        let headers = [("authorization", "Bearer secret")];
        client.send(&Request { method, url, headers: &headers, body: Some("{}"), limit: 1000 })
    }

    /// Serves one connection after the other with what `answers` says; gives what it was asked.
    fn serve(answers: Vec<Vec<u8>>) -> (String, std::thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let serving = std::thread::spawn(move || {
            let serve_one = |answer: Vec<u8>| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut asked = String::new();
                let is_whole = |asked: &str| {
                    let head = asked.split_once("\r\n\r\n");
                    head.is_some_and(|(head, body)| !head.contains("length: 2") || body.len() == 2)
                };
                while !is_whole(&asked) {
                    let mut piece = [0; 1024];
                    let length = stream.read(&mut piece).unwrap();
                    asked.push_str(&String::from_utf8_lossy(&piece[..length]).to_lowercase());
                }
                stream.write_all(&answer).unwrap();
                asked
            };
            answers.into_iter().map(serve_one).collect()
        });
        (address, serving)
    }

    #[test]
    fn an_error_tells_whether_something_can_have_happened() {
        let (address, serving) = serve(vec![b"HTTP/1.1 201 Created\r\nContent-Le".to_vec()]);
        assert!(ask(Method::Post, &address).unwrap_err().is_unsure());
        serving.join().unwrap();
        // Nobody listens there any more.
        assert!(!ask(Method::Post, &address).unwrap_err().is_unsure());
        let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{".to_vec();
        let long = format!("HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n{}", "x".repeat(2000));
        let (address, serving) = serve(vec![cut, long.into_bytes()]);
        assert!(ask(Method::Post, &address).unwrap_err().is_unsure());
        assert!(matches!(ask(Method::Get, &address), Err(Error::TooLarge(1000))));
        serving.join().unwrap();
    }

    #[test]
    fn credentials_do_not_follow_to_another_host() {
        let (other, stored) =
            serve(vec![b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi".to_vec()]);
        let other = other.replace("127.0.0.1", "localhost");
        let moved =
            format!("HTTP/1.1 302 Found\r\nLocation: {other}/zip\r\nContent-Length: 0\r\n\r\n");
        let (address, serving) = serve(vec![moved.into_bytes()]);
        assert_eq!(ask(Method::Get, &address).unwrap().body, b"hi");
        assert!(serving.join().unwrap()[0].contains("bearer secret"));
        assert!(!stored.join().unwrap()[0].contains("secret"));
    }

    #[test]
    fn a_proxy_is_asked_for_what_lies_behind_it() {
        let (proxy, serving) =
            serve(vec![b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n".to_vec()]);
        let url = "https://api.github.invalid/repos";
        let client =
            Client::new(url, "t", &|name| (name == "https_proxy").then_some(proxy.as_str()))
                .unwrap();
        let request = Request { method: Method::Get, url, headers: &[], body: None, limit: 10 };
        let error = client.send(&request).unwrap_err();
        assert!(!error.is_unsure(), "{error:?}");
        assert!(serving.join().unwrap()[0].starts_with("connect api.github.invalid:443"));
    }
}
