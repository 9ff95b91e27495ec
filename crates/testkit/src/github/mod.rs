//! A stateful fake of GitHub's API, which can be told to fail.
//!
//! Requests and responses are checked against GitHub's OpenAPI description, so that a test cannot rely on something that
//! GitHub does not have.

mod folder;
mod openapi;
mod state;

pub use state::{FakeCheck, FakeComment};

use crate::http::{self, Request};
use openapi::OpenApi;
use serde_json::{Value, json};
use state::State;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex, MutexGuard, PoisonError};

/// A fault, which occurs once.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Responds with this status, headers and message, and does nothing.
    Answer(u16, Vec<(&'static str, String)>, &'static str),
    /// Executes the request and responds with 502.
    DoneAndBroken,
    /// Closes the connection without a response; the flag says whether the request is executed.
    Reset(bool),
    /// Executes the request and cuts off the response.
    Truncated,
    /// Deletes the comment just before the request.
    Deleted,
}

struct Planned {
    method: &'static str,
    path: &'static str,
    fault: Fault,
}

/// Makes requests wait for each other.
struct Meeting {
    method: &'static str,
    path: &'static str,
    left: usize,
    barrier: Arc<Barrier>,
}

struct Shared {
    api: OpenApi,
    state: Mutex<State>,
    faults: Mutex<Vec<Planned>>,
    meeting: Mutex<Option<Meeting>>,
    log: Mutex<Vec<String>>,
    violations: Mutex<Vec<String>>,
    page: usize,
    address: SocketAddr,
    url: String,
    is_over: AtomicBool,
}

/// The server, which stops at the end of the test.
pub struct FakeGitHub {
    shared: Arc<Shared>,
}

impl std::fmt::Debug for FakeGitHub {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("FakeGitHub")
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl FakeGitHub {
    /// A server with repository `acme/robot`, whose tokens belong to `github-actions[bot]`. Lists
    /// have pages of `page` entries, as if there were many.
    pub fn start(page: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            api: OpenApi::load(),
            state: Mutex::new(State {
                account: "github-actions[bot]".to_owned(),
                ..State::default()
            }),
            faults: Mutex::default(),
            meeting: Mutex::default(),
            log: Mutex::default(),
            violations: Mutex::default(),
            page,
            address,
            url: format!("http://{address}"),
            is_over: AtomicBool::new(false),
        });
        let own = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if own.is_over.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&own);
                std::thread::spawn(move || stream.map(|stream| shared.serve(stream)));
            }
        });
        Self { shared }
    }

    /// For `GITHUB_API_URL`.
    pub fn url(&self) -> &str {
        &self.shared.url
    }

    /// Makes the next request with that method and end of path fail in this way.
    pub fn fail(&self, method: &'static str, path: &'static str, fault: Fault) {
        locked(&self.shared.faults).push(Planned { method, path, fault });
    }

    /// Responds to the next two such requests only when both have arrived.
    pub fn meet(&self, method: &'static str, path: &'static str) {
        let barrier = Arc::new(Barrier::new(2));
        *locked(&self.shared.meeting) = Some(Meeting { method, path, left: 2, barrier });
    }

    /// Makes tokens read-only, as for a fork's pull request.
    pub fn read_only(&self) {
        locked(&self.shared.state).reads_only = true;
    }

    /// Makes tokens belong to this account, such as an app's.
    pub fn account(&self, login: &str) {
        login.clone_into(&mut locked(&self.shared.state).account);
    }

    /// Adds a comment by another user.
    pub fn comment(&self, pull_request: u64, author: &str, body: &str) -> u64 {
        locked(&self.shared.state).comment(pull_request, author, body)
    }

    /// A pull request in this state, whose head is `sha` of branch `change` of repository `from`.
    pub fn pull_request(&self, number: u64, state: &str, sha: &str, from: &str) {
        let head = json!({ "sha": sha, "ref": "change", "repo": { "full_name": from } });
        let pull = json!({ "number": number, "state": state, "head": head });
        locked(&self.shared.state).pulls.insert(number, pull);
    }

    /// A run of the workflow on branch `change` of repository `from`, its first attempt.
    pub fn run(&self, id: u64, event: &str, conclusion: &str, sha: &str, from: &str) {
        let run = json!({ "id": id, "event": event, "conclusion": conclusion, "head_sha": sha, "run_attempt": 1, "head_branch": "change", "head_repository": { "full_name": from } });
        locked(&self.shared.state).runs.insert((id, 1), run);
    }

    /// Another attempt of that run; without a conclusion it has not ended.
    pub fn attempt(&self, id: u64, attempt: u64, conclusion: Option<&str>) {
        let mut state = locked(&self.shared.state);
        let mut run = state.runs[&(id, 1)].clone();
        run["run_attempt"] = attempt.into();
        run["conclusion"] = conclusion.into();
        state.runs.insert((id, attempt), run);
    }

    /// A job of an attempt of a run; without a conclusion it has not ended.
    pub fn job(&self, run: u64, attempt: u64, name: &str, conclusion: Option<&str>) {
        let status = if conclusion.is_some() { "completed" } else { "in_progress" };
        let job = json!({ "name": name, "status": status, "conclusion": conclusion });
        locked(&self.shared.state).jobs.push(((run, attempt), job));
    }

    /// An artifact of a run.
    pub fn artifact(&self, run: u64, name: &str, content: Vec<u8>) {
        locked(&self.shared.state).artifacts.push((run, name.to_owned(), content));
    }

    /// The artifacts of a run are the folders in `folder`, whatever is in them by then.
    pub fn artifacts_in(&self, run: u64, folder: PathBuf) {
        locked(&self.shared.state).folders.push((run, folder));
    }

    /// An attestation about `sha256:…`, as GitHub keeps it.
    pub fn attestation(&self, digest: &str, bundle: &Value) {
        locked(&self.shared.state).attestations.push((digest.to_owned(), bundle.clone()));
    }

    /// All comments.
    pub fn comments(&self) -> Vec<FakeComment> {
        locked(&self.shared.state).comments.clone()
    }

    /// All check runs.
    pub fn checks(&self) -> Vec<FakeCheck> {
        locked(&self.shared.state).checks.clone()
    }

    /// Bodies of all uploads to code scanning.
    pub fn uploads(&self) -> Vec<Value> {
        locked(&self.shared.state).uploads.clone()
    }

    /// `GET /issues/7/comments` and so on, of this repository.
    pub fn requests(&self) -> Vec<String> {
        locked(&self.shared.log).clone()
    }
}

impl Drop for FakeGitHub {
    /// A request that violates GitHub's description fails the test, whatever its result.
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        // Wakes the accepting thread.
        let _ = TcpStream::connect(self.shared.address);
        let violations = std::mem::take(&mut *locked(&self.shared.violations));
        if !std::thread::panicking() {
            assert!(violations.is_empty(), "{violations:#?}");
        }
    }
}

impl Shared {
    fn serve(&self, mut stream: TcpStream) {
        let Ok(request) = Request::read(&mut stream) else { return };
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        if let Some(index) = path.strip_prefix("/storage/") {
            return self.serve_content(stream, index);
        }
        let method = request.method.as_str();
        let body: Value = match method {
            "POST" | "PATCH" => serde_json::from_slice(&request.body).unwrap_or(Value::Null),
            _ => Value::Null,
        };
        let below = path.strip_prefix("/repos/acme/robot").unwrap_or(path);
        locked(&self.log).push(format!("{method} {below}"));
        self.meet(method, path);
        let fault = self.fault(method, path);
        match &fault {
            Some(Fault::Answer(status, headers, message)) => {
                let said = json!({ "message": message }).to_string();
                return http::answer(stream, *status, headers, said.as_bytes());
            }
            Some(Fault::Reset(false)) => return,
            Some(Fault::Deleted) => {
                let id = path.rsplit('/').next().and_then(|id| id.parse().ok()).unwrap_or(0);
                locked(&self.state).comments.retain(|comment| comment.id != id);
            }
            _ => {}
        }
        let (status, answer, is_last) = self.act(&request, path, query, &body);
        let mut headers = Vec::new();
        if status == 302 {
            let content = answer.as_str().unwrap_or_default();
            headers.push(("Location", format!("{}/storage/{content}", self.url)));
        }
        if !is_last {
            headers.push(("Link", format!("<{}{path}?page=2>; rel=\"next\"", self.url)));
        }
        match fault {
            Some(Fault::Reset(_)) => {}
            Some(Fault::Truncated) => http::truncate(stream, status),
            Some(Fault::DoneAndBroken) => http::answer(stream, 502, &[], b"<html>502</html>"),
            _ => {
                let is_empty = answer.is_null() || status == 302;
                let text = if is_empty { String::new() } else { answer.to_string() };
                http::answer(stream, status, &headers, text.as_bytes());
            }
        }
    }

    /// The contents of artifacts are served by another server than the API, which gets no token.
    fn serve_content(&self, stream: TcpStream, index: &str) {
        let index: usize = index.parse().unwrap_or(0);
        let found =
            locked(&self.state).artifacts.get(index.wrapping_sub(1)).map(|one| one.2.clone());
        http::answer(stream, 200, &[], &found.unwrap_or_default());
    }

    /// Status, answer, and whether it is the last page.
    fn act(&self, request: &Request, path: &str, query: &str, body: &Value) -> (u16, Value, bool) {
        let method = request.method.as_str();
        let token = request.header("authorization");
        if !token.is_some_and(|token| token.starts_with("Bearer ")) {
            return (401, json!({ "message": "Bad credentials" }), true);
        }
        if request.header("user-agent").is_none() {
            self.violation("a request without User-Agent is refused");
        }
        let Some(operation) = self.api.operation(method, path) else {
            self.violation(&format!("there is no operation {method} {path}"));
            return (404, json!({ "message": "Not Found" }), true);
        };
        for wrong in self.api.check_request(&operation, query, body) {
            self.violation(&format!("{method} {path}: {wrong}"));
        }
        if operation.variables.contains_key("archive_format") {
            return (302, operation.variables["artifact_id"].clone(), true);
        }
        let variable = |name: &str| {
            let value = operation.variables.get(name).and_then(Value::as_str);
            value.and_then(|value| value.parse().ok()).unwrap_or(0)
        };
        let query_value = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let value = pairs.find(|(known, _)| *known == name).map_or("", |(_, value)| value);
            value.replace("%3A", ":").replace("%2F", "/")
        };
        let (status, answer) =
            locked(&self.state).act((method, path), &variable, &query_value, body);
        if status >= 300 {
            return (status, answer, true);
        }
        let (answer, is_last) = self.page(answer, query);
        let (answer, wrong) = self.api.answer(&operation, status, answer);
        for wrong in wrong {
            self.violation(&format!("the fake's answer to {method} {path}: {wrong}"));
        }
        (status, answer, is_last)
    }

    fn page(&self, mut answer: Value, query: &str) -> (Value, bool) {
        let page = query.split('&').find_map(|pair| pair.strip_prefix("page=")?.parse().ok());
        let page: usize = page.unwrap_or(1);
        let list = match &mut answer {
            Value::Array(list) => Some(list),
            Value::Object(fields) => fields.values_mut().find_map(Value::as_array_mut),
            _ => None,
        };
        let Some(list) = list else { return (answer, true) };
        let from = ((page - 1) * self.page).min(list.len());
        let to = (from + self.page).min(list.len());
        let is_last = to == list.len();
        *list = list[from..to].to_vec();
        (answer, is_last)
    }

    fn fault(&self, method: &str, path: &str) -> Option<Fault> {
        let mut faults = locked(&self.faults);
        let found = faults.iter().position(|one| one.method == method && path.ends_with(one.path));
        found.map(|index| faults.remove(index).fault)
    }

    fn meet(&self, method: &str, path: &str) {
        let mut meeting = locked(&self.meeting);
        let Some(planned) = meeting.as_mut() else { return };
        if planned.left == 0 || planned.method != method || !path.ends_with(planned.path) {
            return;
        }
        planned.left -= 1;
        let barrier = Arc::clone(&planned.barrier);
        drop(meeting);
        barrier.wait();
    }

    fn violation(&self, what: &str) {
        locked(&self.violations).push(what.to_owned());
    }
}
