//! Which run is reported, and on which pull request.

use crate::results::Expected;
use robot_contract::Context;
use robot_github::{Error, ErrorKind, GitHub, WorkflowRun};

/// What is reported on.
#[derive(Debug)]
pub(crate) struct Subject {
    /// The run whose results these are.
    pub(crate) run_id: Option<u64>,
    pub(crate) attempt: Option<u64>,
    /// The commit that a person pushed.
    pub(crate) head_sha: Option<String>,
    /// What must hold of each result.
    pub(crate) expected: Expected,
    /// The run as GitHub tells of it, where it is another than this one.
    pub(crate) run: Option<WorkflowRun>,
}

impl Subject {
    /// Reads the event. For `workflow_run` GitHub is asked for the run: what its jobs left was made by
    /// code that nobody has looked at.
    ///
    /// # Errors
    /// GitHub does not tell of the run.
    pub(crate) fn of(context: &Context, github: Option<&GitHub>) -> Result<Self, Error> {
        let run = &context.run;
        if run.event.as_deref() != Some("workflow_run") {
            return Ok(Self {
                run_id: run.run_id,
                attempt: run.attempt,
                head_sha: run.head_sha.clone(),
                expected: Expected { run_id: run.run_id, head_sha: None },
                run: None,
            });
        }
        let id = context.event["workflow_run"]["id"].as_u64();
        let (Some(id), Some(github)) = (id, github) else {
            return Err(Error {
                kind: ErrorKind::Malformed,
                is_unsure: false,
                request: "workflow_run".to_owned(),
                reason: "the event does not name its run".to_owned(),
            });
        };
        let run = github.run(id)?;
        Ok(Self {
            run_id: Some(run.id),
            attempt: run.run_attempt,
            head_sha: Some(run.head_sha.clone()),
            expected: Expected { run_id: Some(run.id), head_sha: Some(run.head_sha.clone()) },
            run: Some(run),
        })
    }

    /// A reason not to believe results that are all green.
    pub(crate) fn doubt(&self, is_green: bool) -> Option<String> {
        let conclusion = self.run.as_ref()?.conclusion.as_deref()?;
        let is_bad = !matches!(conclusion, "success" | "neutral" | "skipped");
        (is_green && is_bad)
            .then(|| format!("the run ended with `{conclusion}`, and no result says why"))
    }

    /// The pull request, or why there is none to write on. `claimed` is its number as the results have
    /// it, which is checked.
    ///
    /// # Errors
    /// GitHub does not tell.
    pub(crate) fn pull_request(
        &self,
        context: &Context,
        claimed: Option<u64>,
        github: &GitHub,
    ) -> Result<Result<u64, String>, Error> {
        let number = match &self.run {
            None => context.run.pull_request,
            Some(run) if run.event.starts_with("pull_request") => claimed,
            Some(_) => None,
        };
        let Some(number) = number else {
            let event = self.run.as_ref().map(|run| run.event.as_str());
            let event = event.or(context.run.event.as_deref()).unwrap_or("local");
            return Ok(Err(format!("`{event}` has no pull request")));
        };
        let pull = github.pull_request(number)?;
        if pull.state != "open" {
            return Ok(Err(format!("pull request {number} is closed")));
        }
        if let Some(run) = &self.run {
            if pull.head_repository() != run.head_repository() {
                return Ok(Err(format!("pull request {number} is not that of the run")));
            }
            if pull.head_sha() != run.head_sha {
                return Ok(Err(format!("pull request {number} has newer commits")));
            }
        }
        Ok(Ok(pull.number))
    }
}
