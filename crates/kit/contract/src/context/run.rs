//! The run that a verb belongs to, from GitHub's variables and event.

use crate::Environment;
use robot_model::RunIdentity;
use serde_json::Value;

/// The run that a verb belongs to.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its identity in results.
    pub identity: RunIdentity,
    /// Whether it runs on the default branch, so that later runs compare with its measurements: not for a pull
    /// request, a merge queue or a laptop.
    pub is_default_branch: bool,
    /// GitHub's payload of the event that started it; null on a laptop.
    pub event: Value,
}

impl Run {
    /// The run of a process with these variables.
    pub(super) fn of(environment: &Environment) -> Self {
        let event = payload(environment);
        Self {
            identity: identity(environment, &event),
            is_default_branch: is_default_branch(environment, &event),
            event,
        }
    }
}

/// Reads GitHub's payload of the event that started the run.
fn payload(environment: &Environment) -> Value {
    environment
        .path("GITHUB_EVENT_PATH")
        .and_then(|path| fs_err::read(path).ok())
        .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok())
        .unwrap_or_default()
}

fn is_default_branch(environment: &Environment, payload: &Value) -> bool {
    let events = ["push", "schedule", "workflow_dispatch"];
    let default = payload["repository"]["default_branch"].as_str();
    let branch = environment.get("GITHUB_REF").and_then(|name| name.strip_prefix("refs/heads/"));
    environment.get("GITHUB_EVENT_NAME").is_some_and(|event| events.contains(&event))
        && default.is_some()
        && branch == default
}

fn identity(environment: &Environment, payload: &Value) -> RunIdentity {
    let text = |name: &str| environment.get(name).map(str::to_owned);
    let number = |name: &str| environment.get(name).and_then(|value| value.parse().ok());
    let pull_request = &payload["pull_request"];
    let merge_sha = text("GITHUB_SHA");
    RunIdentity {
        server: text("GITHUB_SERVER_URL").or_else(|| {
            environment.get("GITHUB_REPOSITORY").map(|_| "https://github.com".to_owned())
        }),
        repository: text("GITHUB_REPOSITORY"),
        event: text("GITHUB_EVENT_NAME").or_else(|| Some("local".to_owned())),
        head_sha: pull_request["head"]["sha"]
            .as_str()
            .map(str::to_owned)
            .or_else(|| merge_sha.clone()),
        merge_sha,
        base_ref: text("GITHUB_BASE_REF"),
        pull_request: pull_request["number"].as_u64(),
        run_id: number("GITHUB_RUN_ID"),
        attempt: number("GITHUB_RUN_ATTEMPT"),
        job: text("GITHUB_JOB"),
    }
}
