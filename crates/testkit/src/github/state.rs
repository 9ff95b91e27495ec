//! The state of the fake, and the effect of each operation.

use super::folder;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Largest number of characters of a comment.
const COMMENT: usize = 65_536;

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FakeComment {
    /// Its number.
    pub id: u64,
    /// The pull request.
    pub pull_request: u64,
    /// Who wrote it.
    pub author: String,
    /// Markdown.
    pub body: String,
}

/// A check run.
#[derive(Debug, Clone, PartialEq)]
pub struct FakeCheck {
    /// Its number.
    pub id: u64,
    /// The last request, without annotations.
    pub fields: Value,
    /// All appended annotations.
    pub annotations: Vec<Value>,
}

/// The server's state.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) comments: Vec<FakeComment>,
    pub(super) checks: Vec<FakeCheck>,
    pub(super) pulls: BTreeMap<u64, Value>,
    /// By number and attempt.
    pub(super) runs: BTreeMap<(u64, u64), Value>,
    /// Run and attempt, what is shown.
    pub(super) jobs: Vec<((u64, u64), Value)>,
    /// Run, name, content.
    pub(super) artifacts: Vec<(u64, String, Vec<u8>)>,
    /// Run, folder with a folder for each of its artifacts.
    pub(super) folders: Vec<(u64, PathBuf)>,
    /// Digest, bundle.
    pub(super) attestations: Vec<(String, Value)>,
    /// Bodies of uploads to code scanning.
    pub(super) uploads: Vec<Value>,
    pub(super) reads_only: bool,
    /// Owner of the token.
    pub(super) account: String,
    pub(super) last: u64,
}

/// Status, and what the answer says beside what it must.
pub(super) type Answer = (u16, Value);

fn said(status: u16, message: &str) -> Answer {
    (status, json!({ "message": message }))
}

impl State {
    fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// Uploads what jobs left since, over what has the name.
    fn take_folders(&mut self, run: u64) {
        let folders = self.folders.iter().filter(|(of, _)| *of == run);
        let found: Vec<_> = folders.flat_map(|(_, folder)| folder::archives(folder)).collect();
        for (name, content) in found {
            let is_known = |(of, known, _): &&mut (u64, String, _)| *of == run && *known == name;
            match self.artifacts.iter_mut().find(is_known) {
                Some((_, _, known)) => *known = content,
                None => self.artifacts.push((run, name, content)),
            }
        }
    }

    pub(super) fn comment(&mut self, pull_request: u64, author: &str, body: &str) -> u64 {
        let id = self.next();
        let (author, body) = (author.to_owned(), body.to_owned());
        self.comments.push(FakeComment { id, pull_request, author, body });
        id
    }

    /// Executes a request.
    pub(super) fn act(
        &mut self,
        (method, path): (&str, &str),
        variable: &dyn Fn(&str) -> u64,
        query: &dyn Fn(&str) -> String,
        body: &Value,
    ) -> Answer {
        if self.reads_only && method != "GET" {
            return said(403, "Resource not accessible by integration");
        }
        let last = path.rsplit('/').next().unwrap_or_default();
        match (method, last) {
            ("GET", "comments") => {
                let pull = variable("issue_number");
                let of_pull = self.comments.iter().filter(|one| one.pull_request == pull);
                (200, of_pull.map(shown).collect())
            }
            ("POST", "comments") => match body["body"].as_str().unwrap_or_default() {
                text if text.chars().count() > COMMENT => {
                    said(422, "Body is too long (maximum is 65536 characters)")
                }
                text => {
                    let account = self.account.clone();
                    let id = self.comment(variable("issue_number"), &account, text);
                    let made = self.comments.iter().find(|comment| comment.id == id);
                    (201, made.map(shown).unwrap_or_default())
                }
            },
            ("PATCH", _) if path.contains("/comments/") => {
                let id = variable("comment_id");
                let Some(comment) = self.comments.iter_mut().find(|one| one.id == id) else {
                    return said(404, "Not Found");
                };
                let text = body["body"].as_str().unwrap_or_default();
                if text.chars().count() > COMMENT {
                    return said(422, "Body is too long (maximum is 65536 characters)");
                }
                text.clone_into(&mut comment.body);
                (200, shown(comment))
            }
            ("DELETE", _) => {
                let (id, before) = (variable("comment_id"), self.comments.len());
                self.comments.retain(|comment| comment.id != id);
                if self.comments.len() < before {
                    (204, Value::Null)
                } else {
                    said(404, "Not Found")
                }
            }
            ("GET", digest) if path.contains("/attestations/") => {
                let of_digest = self.attestations.iter().filter(|one| one.0 == digest);
                let shown: Vec<Value> = of_digest
                    .map(|(_, bundle)| json!({ "bundle": bundle, "repository_id": 1 }))
                    .collect();
                (200, json!({ "attestations": shown }))
            }
            ("POST", "sarifs") => {
                self.uploads.push(body.clone());
                (202, json!({ "id": format!("upload-{}", self.uploads.len()) }))
            }
            ("GET", _) if path.contains("/sarifs/") => {
                (200, json!({ "processing_status": "complete" }))
            }
            ("GET", _) if path.contains("/pulls/") => {
                known(self.pulls.get(&variable("pull_number")))
            }
            ("GET", "pulls") => {
                let (head, state) = (query("head"), query("state"));
                let is_wanted = |pull: &&Value| {
                    let owner = pull["head"]["repo"]["full_name"].as_str().unwrap_or_default();
                    let owner = owner.split('/').next().unwrap_or_default();
                    let branch = pull["head"]["ref"].as_str().unwrap_or_default();
                    pull["state"] == state && head == format!("{owner}:{branch}")
                };
                (200, self.pulls.values().filter(is_wanted).cloned().collect())
            }
            ("GET", "jobs") => {
                let run = (variable("run_id"), variable("attempt_number"));
                let of_run = self.jobs.iter().filter(|one| one.0 == run);
                let shown: Vec<Value> = of_run.map(|one| one.1.clone()).collect();
                (200, json!({ "total_count": shown.len(), "jobs": shown }))
            }
            ("GET", "artifacts") => {
                let run = variable("run_id");
                self.take_folders(run);
                let of_run = self.artifacts.iter().enumerate().filter(|(_, one)| one.0 == run);
                let shown: Vec<Value> = of_run
                    .map(|(index, (_, name, content))| {
                        json!({ "id": index + 1, "name": name, "size_in_bytes": content.len(), "expired": false })
                    })
                    .collect();
                (200, json!({ "total_count": shown.len(), "artifacts": shown }))
            }
            ("GET", "check-runs") => {
                let shown: Vec<Value> = self.checks.iter().map(FakeCheck::shown).collect();
                (200, json!({ "total_count": shown.len(), "check_runs": shown }))
            }
            ("GET", _) if path.contains("/check-runs/") => {
                let id = variable("check_run_id");
                let shown = self.checks.iter().find(|one| one.id == id).map(FakeCheck::shown);
                known(shown.as_ref())
            }
            ("GET", _) if path.contains("/attempts/") => {
                known(self.runs.get(&(variable("run_id"), variable("attempt_number"))))
            }
            ("GET", _) => {
                let id = variable("run_id");
                known(self.runs.range((id, 0)..=(id, u64::MAX)).next_back().map(|(_, run)| run))
            }
            ("POST", "check-runs") => {
                let id = self.next();
                let mut check = FakeCheck { id, fields: Value::Null, annotations: Vec::new() };
                check.take(body);
                self.checks.push(check.clone());
                (201, check.shown())
            }
            ("PATCH", _) => {
                let id = variable("check_run_id");
                match self.checks.iter_mut().find(|check| check.id == id) {
                    Some(check) => {
                        check.take(body);
                        (200, check.shown())
                    }
                    None => said(404, "Not Found"),
                }
            }
            _ => said(404, "Not Found"),
        }
    }
}

impl FakeCheck {
    fn take(&mut self, body: &Value) {
        let mut fields = body.clone();
        if let Some(Value::Array(more)) = fields["output"]["annotations"].take().into() {
            self.annotations.extend(more);
        }
        self.fields = fields;
    }

    fn shown(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.fields["name"],
            "external_id": self.fields["external_id"],
            "status": self.fields["status"],
            "conclusion": self.fields["conclusion"],
            "output": { "annotations_count": self.annotations.len() },
        })
    }
}

fn known(value: Option<&Value>) -> Answer {
    value.map_or_else(|| said(404, "Not Found"), |value| (200, value.clone()))
}

fn shown(comment: &FakeComment) -> Value {
    json!({ "id": comment.id, "body": comment.body, "user": { "login": comment.author } })
}
