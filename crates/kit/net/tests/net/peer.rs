//! A server that answers each connection with bytes that a test names.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;

/// An answer of one connection.
pub(crate) enum Reply {
    /// These bytes, then the end of the connection.
    Bytes(Vec<u8>),
    /// These bytes, then silence until the client goes.
    Silence(Vec<u8>),
}

/// A whole answer.
pub(crate) fn whole(status: u16, headers: &str, body: &str) -> Reply {
    let length = body.len();
    Reply::Bytes(
        format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\n\r\n{body}").into(),
    )
}

/// One that ends too early.
pub(crate) fn cut(text: &str) -> Reply {
    Reply::Bytes(text.as_bytes().to_vec())
}

pub(crate) struct Peer {
    /// `http://127.0.0.1:PORT`
    pub(crate) url: String,
    asked: Receiver<String>,
    serving: JoinHandle<()>,
}

impl Peer {
    /// An address where nobody listens.
    pub(crate) fn gone() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    }

    /// Answers one connection after the other.
    pub(crate) fn start(replies: Vec<Reply>) -> Self {
        Self::with(replies, |stream| Box::new(stream))
    }

    /// Speaks with each client through what `wrap` makes of the connection.
    pub(crate) fn with(
        replies: Vec<Reply>,
        wrap: impl Fn(TcpStream) -> Box<dyn Conversation> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (tell, asked) = channel();
        let serving = std::thread::spawn(move || {
            for reply in replies {
                let mut stream = wrap(listener.accept().unwrap().0);
                let Some(request) = read(&mut *stream) else { continue };
                tell.send(request).unwrap();
                let (Reply::Bytes(bytes) | Reply::Silence(bytes)) = &reply;
                // Who is gone needs no answer.
                let _ = stream.write_all(bytes);
                let _ = stream.flush();
                if matches!(reply, Reply::Silence(_)) {
                    let _ = stream.read(&mut [0]);
                }
            }
        });
        Self { url, asked, serving }
    }

    /// Waits until a request has come whole.
    pub(crate) fn wait(&self) -> String {
        self.asked.recv().unwrap()
    }

    /// All requests, once every reply was given.
    pub(crate) fn asked(self) -> Vec<String> {
        self.serving.join().unwrap();
        self.asked.iter().collect()
    }
}

pub(crate) trait Conversation: Read + Write {}
impl<T: Read + Write> Conversation for T {}

/// A whole request, in lower case; `None` where the client goes before it is.
fn read(stream: &mut dyn Conversation) -> Option<String> {
    let mut asked = String::new();
    loop {
        let mut piece = [0; 1024];
        let length = stream.read(&mut piece).ok().filter(|length| *length > 0)?;
        asked.push_str(&String::from_utf8_lossy(&piece[..length]).to_lowercase());
        if let Some((head, body)) = asked.split_once("\r\n\r\n") {
            let wanted = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= wanted.map_or(0, |wanted| wanted.parse().unwrap()) {
                return Some(asked);
            }
        }
    }
}
