//! What a server may answer, and what becomes of it.

use crate::peer::{Peer, Reply, cut, whole};
use crate::{LIMIT, client, impatient, send};
use robot_cancel::Cancellation;
use robot_net::{Client, Deadlines, ErrorKind, Method, Request, Server};
use std::time::Duration;

#[test]
fn an_error_tells_whether_something_can_have_happened() {
    let long = whole(200, "", &"x".repeat(2000));
    let endless = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned()
        + &format!("400\r\n{}\r\n", "x".repeat(1024));
    for (reply, kind) in [
        (cut("HTTP/1.1 201 Created\r\nContent-Le"), ErrorKind::Unavailable),
        (cut("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"), ErrorKind::Unavailable),
        (cut(""), ErrorKind::Unavailable),
        (cut("SSH-2.0-x\r\n"), ErrorKind::Unavailable),
        (
            cut(&format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(200))),
            ErrorKind::Unavailable,
        ),
        (long, ErrorKind::TooLarge),
        (cut(&endless), ErrorKind::TooLarge),
    ] {
        let peer = Peer::start(vec![reply]);
        let error = send(&Server::new(&peer.url, "t"), Method::Post).unwrap_err();
        assert!(error.is_unsure && error.kind == kind, "{error:?}");
        assert_eq!(peer.asked().len(), 1);
    }
    // Nobody listens there any more.
    let url = Peer::gone();
    let error = send(&Server::new(&url, "t"), Method::Post).unwrap_err();
    assert!(!error.is_unsure && error.kind == ErrorKind::Unavailable, "{error:?}");
    assert!(error.to_string().starts_with(&format!("POST {url}: ")), "{error}");
    assert!(error.reason.contains("refused"), "{error}");
}

#[test]
fn a_read_is_never_unsure() {
    let peer = Peer::start(vec![cut("HTTP/1.1 2")]);
    assert!(!send(&Server::new(&peer.url, "t"), Method::Get).unwrap_err().is_unsure);
}

#[test]
fn every_method_arrives_with_its_body() {
    for (method, asked) in [
        (Method::Get, "get / http"),
        (Method::Post, "post / http"),
        (Method::Put, "put / http"),
        (Method::Patch, "patch / http"),
        (Method::Delete, "delete / http"),
    ] {
        let peer = Peer::start(vec![whole(200, "X-Told: this\r\n", "hi")]);
        let answer = send(&Server::new(&peer.url, "robot-test"), method).unwrap();
        assert_eq!((answer.status, answer.header("x-told")), (200, Some("this")));
        assert_eq!(answer.body, b"hi");
        let request = &peer.asked()[0];
        assert!(
            request.starts_with(asked) && request.contains("user-agent: robot-test"),
            "{request}"
        );
        assert_eq!(request.ends_with("{}"), method != Method::Get, "{request}");
    }
    // As much as the content has, and none of it.
    let peer = Peer::start(vec![cut("HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n")]);
    let answer = send(&Server::new(&peer.url, "t"), Method::Head).unwrap();
    assert_eq!((answer.header("content-length"), answer.body.len()), (Some("999999"), 0));
}

#[test]
fn silence_has_a_deadline_and_drops_have_one_too() {
    for start in ["", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi"] {
        let peer = Peer::start(vec![Reply::Silence(start.into())]);
        let error = send(&impatient(&peer.url), Method::Get).unwrap_err();
        assert_eq!(error.kind, ErrorKind::TooSlow, "{error:?}");
        assert!(error.reason.contains("timed out"), "{error}");
    }
    let peer = Peer::start(vec![Reply::Silence(b"HTTP/1.1 200 OK\r\n".to_vec())]);
    let deadlines = Deadlines { whole: Duration::from_millis(100), ..Deadlines::default() };
    let error =
        send(&Server { deadlines, ..Server::new(&peer.url, "t") }, Method::Get).unwrap_err();
    assert!(error.reason.contains("no complete response within 0.1 s"), "{error}");
}

#[test]
fn a_handshake_has_a_deadline() {
    let peer = Peer::start(vec![Reply::Silence(Vec::new())]);
    let url = peer.url.replace("http://", "https://");
    let deadlines = Deadlines { connect: Duration::from_millis(100), ..Deadlines::default() };
    let error = send(&Server { deadlines, ..Server::new(&url, "t") }, Method::Post).unwrap_err();
    assert!(!error.is_unsure && error.reason.contains("timed out"), "{error:?}");
}

#[test]
fn a_cancelled_run_waits_for_no_answer() {
    let cancellation = Cancellation::default();
    let peer = Peer::start(vec![Reply::Silence(Vec::new())]);
    let url = peer.url.clone();
    let run = cancellation.clone();
    let asking = std::thread::spawn(move || {
        let request = Request::new(Method::Post, &url, LIMIT);
        let client = Client::new(&Server::new(&url, "t"), &|_| None, &run).unwrap();
        robot_net::block_on(client.send(&request)).unwrap()
    });
    peer.wait();
    cancellation.cancel();
    let error = asking.join().unwrap().unwrap_err();
    assert!(error.is_unsure && error.kind == ErrorKind::Interrupted, "{error:?}");
}

#[test]
fn credentials_do_not_follow_to_another_host() {
    let other = Peer::start(vec![whole(200, "", "hi")]);
    let moved =
        format!("Location: {}/zip?signature=1\r\n", other.url.replace("127.0.0.1", "localhost"));
    let peer = Peer::start(vec![whole(302, &moved, "")]);
    assert_eq!(send(&Server::new(&peer.url, "t"), Method::Get).unwrap().body, b"hi");
    assert!(peer.asked()[0].contains("bearer secret"));
    let request = &other.asked()[0];
    assert!(!request.contains("secret") && !request.contains("referer"), "{request}");
}

#[test]
fn an_error_behind_a_redirect_does_not_show_where_it_led() {
    let gone = Peer::gone();
    let moved = format!("Location: {gone}/zip?signature=secret\r\n");
    let peer = Peer::start(vec![whole(302, &moved, "")]);
    let error = send(&Server::new(&peer.url, "t"), Method::Get).unwrap_err().to_string();
    assert!(error.contains("refused") && !error.contains("secret"), "{error}");
    let peer = Peer::start(
        (0..6).map(|_| whole(302, "Location: /\r\nConnection: close\r\n", "")).collect(),
    );
    let error = send(&Server::new(&peer.url, "t"), Method::Get).unwrap_err();
    assert!(error.reason.contains("more than 5 redirects"), "{error}");
}

#[test]
fn a_proxy_is_asked_for_what_lies_behind_it() {
    let ask = |proxy: &str, no_proxy: &str| {
        let url = "https://api.github.invalid/repos";
        let variable = |name: &str| match name {
            "https_proxy" => Some(proxy),
            "no_proxy" => Some(no_proxy),
            _ => None,
        };
        let client = Client::new(&Server::new(url, "t"), &variable, &Cancellation::default());
        let request = Request::new(Method::Post, url, LIMIT);
        robot_net::block_on(client.unwrap().send(&request)).unwrap().unwrap_err()
    };
    for status in [403, 407] {
        let peer = Peer::start(vec![whole(status, "", "")]);
        let error = ask(&peer.url.replace("http://", "http://user:pass@"), "example.com");
        assert!(!error.is_unsure, "{error:?}");
        let request = &peer.asked()[0];
        assert!(request.starts_with("connect api.github.invalid:443"), "{request}");
        assert!(request.contains("proxy-authorization: basic"), "{request}");
    }
    // `.invalid` has no address: the proxy was not asked.
    for direct in ["other.test, .github.invalid", "github.invalid", "*"] {
        let proxy = Peer::start(Vec::new());
        let error = ask(&proxy.url, direct);
        assert!(error.reason.contains("dns"), "{direct}: {error}");
    }
}

#[test]
fn a_proxy_sees_no_credentials_of_what_is_encrypted_and_a_server_none_of_the_proxy() {
    let ask = |proxy: &str, url: &str, name: &str| {
        let variable = |known: &str| (known == name).then_some(proxy);
        let headers = [("authorization", "Bearer secret")];
        let request = Request { headers: &headers, ..Request::new(Method::Get, url, LIMIT) };
        let client = Client::new(&Server::new(url, "t"), &variable, &Cancellation::default());
        robot_net::block_on(client.unwrap().send(&request)).unwrap()
    };
    let peer = Peer::start(vec![whole(502, "", "")]);
    ask(&peer.url, "https://api.github.invalid/", "https_proxy").unwrap_err();
    let request = &peer.asked()[0];
    assert!(request.starts_with("connect ") && !request.contains("secret"), "{request}");
    // What is not encrypted is sent to the proxy as it is.
    let peer = Peer::start(vec![whole(200, "", "hi")]);
    let proxy = peer.url.replace("http://", "http://user:pass@");
    assert_eq!(ask(&proxy, "http://api.invalid/a", "http_proxy").unwrap().body, b"hi");
    let request = &peer.asked()[0];
    assert!(request.starts_with("get http://api.invalid/a "), "{request}");
    assert!(request.contains("proxy-authorization: basic"), "{request}");
    let peer = Peer::start(vec![whole(200, "", "hi")]);
    let elsewhere = Peer::gone();
    assert!(ask(&elsewhere, &peer.url, "HTTP_PROXY").is_ok());
    assert!(!peer.asked()[0].contains("proxy"));
}

#[test]
fn a_header_that_is_not_valid_is_said_without_its_value() {
    let url = Peer::gone();
    let headers = [("authorization", "Bearer secret\r\nX-Other: 1")];
    let request = Request { headers: &headers, ..Request::new(Method::Get, &url, LIMIT) };
    let client = client(&Server::new(&url, "t")).unwrap();
    let error = robot_net::block_on(client.send(&request)).unwrap().unwrap_err();
    assert_eq!(error.kind, ErrorKind::Settings);
    assert!(error.reason.contains("header") && !error.to_string().contains("secret"), "{error}");
}

#[test]
fn what_is_no_address_is_said() {
    for url in ["not an address", "ftp://a.test/", "http://"] {
        let server = Server::new("http://127.0.0.1:1", "t");
        let request = Request::new(Method::Get, url, LIMIT);
        let sent = robot_net::block_on(client(&server).unwrap().send(&request)).unwrap();
        assert_eq!(sent.unwrap_err().kind, ErrorKind::Settings, "{url}");
    }
}

#[test]
fn a_program_answers_or_not() {
    let cancellation = Cancellation::default();
    let answers = |url: &str, milliseconds| {
        robot_net::answers(url, Duration::from_millis(milliseconds), &cancellation)
    };
    let peer = Peer::start(vec![whole(200, "", ""), whole(503, "", ""), whole(204, "", "")]);
    assert_eq!([(); 3].map(|()| answers(&peer.url, 10_000)), [true, false, true]);
    assert!(!answers(&Peer::gone(), 10_000));
    assert!(!answers("no address", 10_000));
    let peer = Peer::start(vec![Reply::Silence(Vec::new()), Reply::Silence(Vec::new())]);
    assert!(!answers(&peer.url, 50));
    cancellation.cancel();
    assert!(!answers(&peer.url, 3_600_000));
}
