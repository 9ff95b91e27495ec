//! Answers that come piece by piece.

use crate::peer::{Peer, Reply, cut};
use crate::{client, impatient};
use robot_net::{Bytes, ErrorKind, Method, Request, Server};

fn read(server: &Server<'_>, limit: u64) -> (Vec<Bytes>, Option<ErrorKind>) {
    let request = Request::new(Method::Get, server.url, limit);
    let client = client(server).unwrap();
    robot_net::block_on(async {
        let mut stream = client.stream(&request).await.unwrap();
        assert_eq!((stream.status(), stream.header("x-a")), (200, Some("b")));
        let mut chunks = Vec::new();
        loop {
            match stream.chunk().await {
                Ok(Some(chunk)) => chunks.push(chunk),
                Ok(None) => return (chunks, None),
                Err(error) => return (chunks, Some(error.kind)),
            }
        }
    })
    .unwrap()
}

const HEAD: &str = "HTTP/1.1 200 OK\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n";

#[test]
fn what_has_come_is_there_before_the_end_and_an_early_end_is_an_error() {
    let whole = format!("{HEAD}3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n");
    let peer = Peer::start(vec![cut(&whole), cut(&format!("{HEAD}3\r\none\r\n")), cut(&whole)]);
    let server = Server::new(&peer.url, "t");
    let (chunks, error) = read(&server, 1000);
    assert_eq!((chunks.concat(), error), (b"onetwo".to_vec(), None));
    let (chunks, error) = read(&server, 1000);
    assert_eq!((chunks.concat(), error), (b"one".to_vec(), Some(ErrorKind::Unavailable)));
    assert_eq!(read(&server, 4).1, Some(ErrorKind::TooLarge));
    let peer = Peer::start(vec![Reply::Silence(format!("{HEAD}3\r\none\r\n").into())]);
    let (chunks, error) = read(&impatient(&peer.url), 1000);
    assert_eq!((chunks.concat(), error), (b"one".to_vec(), Some(ErrorKind::TooSlow)));
}
