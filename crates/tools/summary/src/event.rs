//! Determines the reported run and its pull request.

use crate::doubt::Doubt;
use crate::results::Expected;
use robot_contract::Context;
use robot_github::{Error, ErrorKind, GitHub, PullRequest, WorkflowRun};
use robot_model::RunIdentity;

/// The subject of the report.
#[derive(Debug)]
pub(crate) struct Subject {
    /// The run that the results belong to.
    pub(crate) run_id: Option<u64>,
    pub(crate) attempt: Option<u64>,
    /// The commit that a person pushed.
    pub(crate) head_sha: Option<String>,
    /// The expected identity of each result.
    pub(crate) expected: Expected,
    /// The run according to GitHub, if it is not the current one.
    run: Option<WorkflowRun>,
}

impl Subject {
    /// Reads the event. For `workflow_run` it queries GitHub about the run, because the run's results are untrusted.
    pub(crate) async fn of(
        context: &Context,
        github: Option<&GitHub>,
        doubts: &mut Vec<Doubt>,
    ) -> Self {
        let run = &context.run.identity;
        let repository = run.repository.clone();
        if !is_elsewhere(context) {
            return Self {
                run_id: run.run_id,
                attempt: run.attempt,
                head_sha: run.head_sha.clone(),
                expected: Expected { repository, run_id: run.run_id, head_sha: None },
                run: None,
            };
        }
        let told = &context.run.event["workflow_run"];
        let id = told["id"].as_u64();
        let attempt = told["run_attempt"].as_u64();
        if id.is_none() {
            doubts.push(Doubt::grave("the event does not name its run"));
        }
        // The event of one attempt may arrive after the next attempt has started.
        let asked = match (id.zip(github), attempt) {
            (Some((id, github)), Some(attempt)) => Some(github.run_attempt(id, attempt).await),
            (Some((id, github)), None) => Some(github.run(id).await),
            (None, _) => None,
        };
        let run = match asked {
            Some(Ok(run)) => Some(run),
            // The event also comes from GitHub and is used if it is complete.
            Some(Err(error)) => serde_json::from_value(told.clone()).ok().or_else(|| {
                doubts.push(Doubt::grave(format!("the run cannot be looked up: {error}")));
                None
            }),
            None => None,
        };
        let head_sha = run.as_ref().map(|run| run.head_sha.clone());
        Self {
            run_id: id,
            attempt: attempt.or(run.as_ref().and_then(|run| run.run_attempt)),
            expected: Expected { repository, run_id: id, head_sha: head_sha.clone() },
            head_sha,
            run,
        }
    }

    /// The identity of the run in documents.
    pub(crate) fn identity(&self, context: &Context) -> RunIdentity {
        RunIdentity {
            run_id: self.run_id,
            attempt: self.attempt,
            head_sha: self.head_sha.clone(),
            ..context.run.identity.clone()
        }
    }

    /// Reasons not to trust results that all pass: the conclusions of the run and its jobs.
    pub(crate) async fn doubts(&self, github: Option<&GitHub>) -> Vec<Doubt> {
        let mut doubts = Vec::new();
        if let Some(run) = &self.run {
            match run.conclusion.as_deref() {
                Some("success" | "neutral" | "skipped") => {}
                Some(ended) => doubts.push(Doubt::grave(format!(
                    "the run ended with `{ended}`, and no result explains it"
                ))),
                None => doubts.push(Doubt::grave("the run has not ended")),
            }
        }
        let (Some(github), Some(run)) = (github, self.run_id) else { return doubts };
        match github.jobs(run, self.attempt.unwrap_or(1)).await {
            // A job that still runs, such as the reporting one, has no conclusion.
            Ok(jobs) => doubts.extend(jobs.iter().filter_map(|job| {
                let ended = job.conclusion.as_deref()?;
                let is_good = matches!(ended, "success" | "neutral" | "skipped");
                (!is_good).then(|| {
                    let name = &job.name;
                    Doubt::grave(format!(
                        "job `{name}` ended with `{ended}`, and no result explains it"
                    ))
                })
            })),
            Err(error) => doubts.push(Doubt::slight(format!(
                "the results of other jobs could not be checked: {error}\nhint: {}",
                hint(&error)
            ))),
        }
        doubts
    }

    /// The pull request, or why there is none to comment on. `hint` is its number in a result; GitHub is queried whether it
    /// belongs to the run.
    ///
    /// # Errors
    /// The request to GitHub fails.
    pub(crate) async fn pull_request(
        &self,
        context: &Context,
        hint: Option<u64>,
        github: &GitHub,
    ) -> Result<Result<u64, String>, Error> {
        let run = match &self.run {
            None if is_elsewhere(context) => return Ok(Err("the run is unknown".to_owned())),
            None => return own_pull_request(context, github).await,
            Some(run) => run,
        };
        if !run.event.starts_with("pull_request") {
            return Ok(Err(format!("`{}` has no pull request", run.event)));
        }
        let pulls = match (run.head_repository(), run.head_branch.as_deref(), hint) {
            (Some(repository), Some(branch), _) => {
                github.pull_requests_from(repository, branch).await?
            }
            // The fork was deleted, so its pull requests cannot be listed by its name.
            (_, _, Some(hint)) => vec![github.pull_request(hint).await?],
            _ => Vec::new(),
        };
        let is_open = |pull: &&PullRequest| {
            pull.state == "open" && pull.head_repository() == run.head_repository()
        };
        let open: Vec<&PullRequest> = pulls.iter().filter(is_open).collect();
        let is_of_commit = |pull: &&&PullRequest| pull.head_sha() == run.head_sha;
        // One branch may have several pull requests.
        let of_commit: Vec<u64> =
            open.iter().filter(is_of_commit).map(|pull| pull.number).collect();
        let number = of_commit.iter().find(|number| Some(**number) == hint).or(of_commit.first());
        Ok(match (number, open.first()) {
            (Some(number), _) => Ok(*number),
            (None, Some(pull)) => Err(format!("pull request {} has newer commits", pull.number)),
            (None, None) => Err("the run belongs to no open pull request".to_owned()),
        })
    }
}

/// The hint for jobs or artifacts of a run that cannot be listed.
pub(crate) fn hint(error: &Error) -> &'static str {
    match error.kind {
        ErrorKind::Forbidden | ErrorKind::NotFound => "give the job `permissions: actions: read`",
        ErrorKind::Settings => "correct the setting that the error names",
        _ => "run the job again",
    }
}

/// Whether the reported run is not the current one.
pub(crate) fn is_elsewhere(context: &Context) -> bool {
    context.run.identity.event.as_deref() == Some("workflow_run")
}

async fn own_pull_request(
    context: &Context,
    github: &GitHub,
) -> Result<Result<u64, String>, Error> {
    let Some(number) = context.run.identity.pull_request else {
        let event = context.run.identity.event.as_deref().unwrap_or("local");
        return Ok(Err(format!("`{event}` has no pull request")));
    };
    let pull = github.pull_request(number).await?;
    Ok(match pull.state.as_str() {
        "open" => Ok(pull.number),
        _ => Err(format!("pull request {number} is closed")),
    })
}
