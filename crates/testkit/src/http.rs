//! A minimal HTTP server that can misbehave, with one request per connection.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;

/// A request.
#[derive(Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// Reads a whole request.
    pub(crate) fn read(stream: &mut TcpStream) -> io::Result<Self> {
        let mut bytes = Vec::new();
        loop {
            let mut piece = [0; 16 << 10];
            let length = stream.read(&mut piece)?;
            bytes.extend_from_slice(&piece[..length]);
            let mut headers = [httparse::EMPTY_HEADER; 64];
            let mut parsed = httparse::Request::new(&mut headers);
            match parsed.parse(&bytes) {
                Ok(httparse::Status::Complete(head)) => {
                    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
                    let headers = parsed.headers.iter();
                    let request = Self {
                        method: parsed.method.unwrap_or_default().to_owned(),
                        target: parsed.path.unwrap_or_default().to_owned(),
                        headers: headers
                            .map(|header| (header.name.to_lowercase(), text(header.value)))
                            .collect(),
                        body: bytes[head..].to_vec(),
                    };
                    let wanted: usize =
                        request.header("content-length").and_then(|n| n.parse().ok()).unwrap_or(0);
                    if bytes.len() - head >= wanted {
                        return Ok(request);
                    }
                }
                Ok(httparse::Status::Partial) => {}
                Err(error) => return Err(io::Error::other(error)),
            }
            if length == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// A header by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Answers, and ends the connection.
pub(crate) fn answer(mut stream: TcpStream, status: u16, headers: &[(&str, String)], body: &[u8]) {
    let mut head = format!("HTTP/1.1 {status} X\r\nConnection: close\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    let is_typed = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if !body.is_empty() && !is_typed {
        let kind = match body[0] {
            b'P' => "application/zip",
            b'<' => "text/html",
            _ => "application/json; charset=utf-8",
        };
        head += &format!("Content-Type: {kind}\r\n");
    }
    // Status 204 has no body and no content length.
    let is_measured = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    if status != 204 && !is_measured {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    // A client that has disconnected needs no response.
    let _ = stream.write_all(format!("{head}\r\n").as_bytes());
    let _ = stream.write_all(body);
}

/// Ends the connection in the middle of an answer.
pub(crate) fn truncate(mut stream: TcpStream, status: u16) {
    let text = format!("HTTP/1.1 {status} X\r\nContent-Length: 9999\r\n\r\n{{\"id\":");
    let _ = stream.write_all(text.as_bytes());
}
