//! Posts the report. A problem is reported with its next step and is never a failure.

use crate::Output;
use crate::check;
use crate::doubt::{NOT_POSTED, missing};
use crate::event::Subject;
use crate::marker::Marker;
use crate::page::Pages;
use crate::sticky::{Posted, Sticky};
use robot_contract::Context;
use robot_github::{Error, ErrorKind, GitHub};
use robot_model::Finding;

/// Messages about posting.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// Information.
    pub(crate) notes: Vec<String>,
    /// Problems.
    pub(crate) trouble: Vec<Finding>,
}

/// The content and the target.
pub(crate) struct Publish<'a> {
    pub(crate) pages: &'a Pages<'a>,
    pub(crate) subject: &'a Subject,
    pub(crate) github: &'a GitHub,
    /// The pull request's number from a result.
    pub(crate) hint: Option<u64>,
}

impl Publish<'_> {
    /// Writes the comment and the check, if enabled.
    pub(crate) async fn all(&self, output: &mut Output) -> Told {
        let mut told = Told::default();
        if self.pages.input.comment {
            self.comment(output, &mut told).await;
        }
        if self.pages.input.check_run {
            self.check(output, &mut told).await;
        }
        told
    }

    async fn comment(&self, output: &mut Output, told: &mut Told) {
        let Pages { input, context, .. } = *self.pages;
        let subject = self.subject;
        let pull_request = match subject.pull_request(context, self.hint, self.github).await {
            Ok(Ok(number)) => number,
            Ok(Err(why)) => return told.notes.push(format!("no comment: {why}")),
            Err(error) => {
                return told.trouble("the pull request cannot be looked up", &error, context);
            }
        };
        let marker = Marker {
            key: input.key.clone(),
            order: (subject.run_id.unwrap_or(0), subject.attempt.unwrap_or(1)),
        };
        let sticky = Sticky {
            github: self.github,
            pull_request,
            author: &input.author,
            marker: &marker,
            body: &format!("{}\n{}", marker.line(), self.pages.comment()),
            cancellation: &context.cancellation,
        };
        match sticky.post().await {
            Ok(ended) => {
                (output.posted, output.comment_id) = (Some(ended.posted), Some(ended.id));
                if ended.posted == Posted::Newer {
                    told.notes.push("a later run has already updated the comment".to_owned());
                }
                if let Some(login) = ended.other_author {
                    told.notes.push(format!(
                        "the author of the comment is `{login}`: set `author: {login}`, so that later runs find the comment"
                    ));
                }
            }
            Err(error) => told.trouble("the comment was not written", &error, context),
        }
    }

    async fn check(&self, output: &mut Output, told: &mut Told) {
        let Pages { run, context, .. } = *self.pages;
        let Some(commit) = run.head_sha.as_deref() else {
            told.trouble
                .push(missing(NOT_POSTED, "no check was written, because the commit is unknown"));
            return;
        };
        let check = check::Check { pages: self.pages, commit };
        match check.write(self.github).await {
            Ok(id) => output.check_run_id = Some(id),
            Err(error) => told.trouble("the check was not written", &error, context),
        }
    }
}

impl Told {
    fn trouble(&mut self, what: &str, error: &Error, context: &Context) {
        let hint = match error.kind {
            ErrorKind::Forbidden if is_fork(context) => {
                "the token of a fork's pull request is read-only: report from a workflow on `workflow_run`"
            }
            ErrorKind::Forbidden if what.contains("check") => {
                "give the job `permissions: checks: write`"
            }
            ErrorKind::Forbidden | ErrorKind::NotFound => {
                "give the job `permissions: pull-requests: write`"
            }
            ErrorKind::Limited => {
                "GitHub's rate limit was reached: run the job again later, or raise `patience`"
            }
            ErrorKind::Refused if what.contains("check") => {
                "GitHub rejected the check's content; the comment and the step's summary have the full report"
            }
            ErrorKind::Refused => {
                "if the token belongs to another account, set `author` to that account"
            }
            ErrorKind::Settings => "correct the setting that the error names",
            ErrorKind::Unavailable
            | ErrorKind::TooSlow
            | ErrorKind::TooLarge
            | ErrorKind::Malformed
            | ErrorKind::Interrupted
            | ErrorKind::Internal => "run the job again",
        };
        self.trouble.push(missing(NOT_POSTED, &format!("{what}: {error}\nhint: {hint}")));
    }
}

fn is_fork(context: &Context) -> bool {
    let pull = &context.run.event["pull_request"];
    let (head, base) = (&pull["head"]["repo"]["full_name"], &pull["base"]["repo"]["full_name"]);
    !pull.is_null() && head != base
}
