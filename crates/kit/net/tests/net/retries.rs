//! What is sent again, and when nobody is asked any more.

use crate::peer::{Peer, Reply, cut, whole};
use crate::{LIMIT, client};
use robot_net::{Answer, Error, ErrorKind, Limit, Method, Patience, Request, Server};
use std::time::Duration;

/// What came of it, and how often the server was asked.
fn ask(method: Method, patience: u64, replies: Vec<Reply>) -> (Result<Answer, Error>, usize) {
    let peer = Peer::start(replies);
    let patience = Patience::new(Duration::from_secs(patience));
    let is_limit = |answer: &Answer| answer.header("x-limit").map(|_| Limit::For(Duration::ZERO));
    let server = Server { limited: is_limit, ..Server::new(&peer.url, "t") };
    let request = Request::new(method, &peer.url, LIMIT);
    let client = client(&server).unwrap();
    let asked = robot_net::block_on(client.ask(&request, &patience)).unwrap();
    (asked, peer.asked().len())
}

fn now(status: u16) -> Reply {
    whole(status, "Retry-After: 0\r\nConnection: close\r\n", r#"{"message":"why"}"#)
}

#[test]
fn a_read_is_repeated_until_it_succeeds_and_no_longer() {
    let (asked, times) = ask(Method::Get, 0, vec![now(502), now(429), now(200)]);
    assert_eq!((asked.unwrap().status, times), (200, 3));
    let (asked, times) = ask(Method::Put, 0, (0..4).map(|_| now(503)).collect());
    let error = asked.unwrap_err();
    assert_eq!((error.kind, times, &*error.reason), (ErrorKind::Unavailable, 4, "503 why"));
    let (asked, times) = ask(Method::Get, 0, vec![whole(500, "", "")]);
    let error = asked.unwrap_err();
    assert_eq!((error.kind, times), (ErrorKind::Unavailable, 1));
    assert_eq!(error.reason, "500 Internal Server Error");
}

#[test]
fn what_makes_something_is_repeated_only_when_nothing_can_have_happened() {
    for reply in [now(500), cut("HTTP/1.1 2")] {
        let (asked, times) = ask(Method::Post, 60, vec![reply]);
        assert!(asked.unwrap_err().is_unsure);
        assert_eq!(times, 1);
    }
    let limited = whole(403, "X-Limit: 1\r\nConnection: close\r\n", "");
    let (asked, times) = ask(Method::Post, 0, vec![now(429), limited, now(201)]);
    assert_eq!((asked.unwrap().status, times), (201, 3));
}

#[test]
fn what_will_not_change_is_not_repeated() {
    for (reply, kind) in [
        (now(400), ErrorKind::Refused),
        (now(401), ErrorKind::Forbidden),
        (now(403), ErrorKind::Forbidden),
        (now(404), ErrorKind::NotFound),
        (now(304), ErrorKind::Refused),
        (whole(200, "", &"x".repeat(2000)), ErrorKind::TooLarge),
    ] {
        let (asked, times) = ask(Method::Get, 60, vec![reply]);
        assert_eq!((asked.unwrap_err().kind, times), (kind, 1));
    }
}
