//! The client against servers that misbehave.

#![expect(clippy::unwrap_used, reason = "helpers of tests are not #[test] functions themselves")]

mod answers;
mod certificates;
mod peer;
mod retries;
mod streams;

use robot_cancel::Cancellation;
use robot_net::{Answer, Client, Deadlines, Error, Method, Request, Server};
use std::time::Duration;

const LIMIT: u64 = 1000;

fn client(server: &Server<'_>) -> Result<Client, Error> {
    Client::new(server, &|_| None, &Cancellation::default())
}

fn impatient(url: &str) -> Server<'_> {
    let deadlines = Deadlines { read: Duration::from_millis(200), ..Deadlines::default() };
    Server { deadlines, ..Server::new(url, "robot-test") }
}

/// Sends once, with a body where there is one.
fn send(server: &Server<'_>, method: Method) -> Result<Answer, Error> {
    let headers = [("authorization", "Bearer secret")];
    let body = (!matches!(method, Method::Get | Method::Head)).then(|| "{}".into());
    let request = Request { headers: &headers, body, ..Request::new(method, server.url, LIMIT) };
    robot_net::block_on(async { client(server)?.send(&request).await })?
}
