//! Posts the report. Whatever goes wrong is a note with the next step, never a failure.

use crate::Output;
use crate::check;
use crate::compose::Composed;
use crate::event::Subject;
use crate::input::Input;
use crate::marker::Marker;
use crate::sticky::{Posted, Sticky};
use robot_contract::Context;
use robot_github::{Error, ErrorKind, GitHub};
use robot_render::Section;

/// Bytes of a comment: GitHub takes 65,536 characters.
const COMMENT: usize = 65_000;

/// The report as a comment.
pub(crate) fn comment_text(
    input: &Input,
    composed: &Composed,
    subject: &Subject,
    context: &Context,
) -> String {
    let others: Vec<Section<'_>> = composed
        .details
        .iter()
        .map(|(title, document)| Section {
            title,
            verdict: document.verdict,
            report: &document.report,
        })
        .collect();
    let title = input.title.as_deref().unwrap_or_default();
    let first = Section { title, verdict: composed.verdict, report: &composed.report };
    // Both are GitHub's own words, the second checked to be a hash.
    let server = context.environment.get("GITHUB_SERVER_URL").unwrap_or("https://github.com");
    let repository = context.run.repository.as_deref();
    let is_hash = |sha: &&str| sha.len() >= 40 && sha.bytes().all(|b| b.is_ascii_hexdigit());
    let commit = subject.head_sha.as_deref().filter(is_hash);
    let base = repository.map(|repository| format!("{server}/{repository}"));
    let source = base.as_ref().zip(commit).map(|(base, sha)| format!("{base}/blob/{sha}"));
    let run = base.as_ref().zip(subject.run_id);
    let foot = run.map_or(String::new(), |(base, id)| {
        format!("\n[The whole run]({base}/actions/runs/{id})\n")
    });
    let budget = COMMENT.saturating_sub(foot.len());
    robot_render::comment(&first, &others, source.as_deref(), budget) + &foot
}

/// What is posted.
pub(crate) struct Publish<'a> {
    pub(crate) input: &'a Input,
    pub(crate) subject: &'a Subject,
    pub(crate) composed: &'a Composed,
}

impl Publish<'_> {
    /// Keeps the comment. Returns whether something was in the way.
    pub(crate) fn comment(
        &self,
        github: &GitHub,
        claimed: Option<u64>,
        context: &Context,
        output: &mut Output,
        notes: &mut Vec<String>,
    ) -> bool {
        if self.input.comment == Some(false) {
            return false;
        }
        let pull_request = match self.subject.pull_request(context, claimed, github) {
            Ok(Ok(number)) => number,
            Ok(Err(why)) => {
                notes.push(format!("no comment: {why}"));
                return false;
            }
            Err(error) => {
                return trouble("the pull request cannot be looked up", &error, context, notes);
            }
        };
        let marker = Marker {
            key: self.input.key.clone().unwrap_or_default(),
            order: (self.subject.run_id.unwrap_or(0), self.subject.attempt.unwrap_or(1)),
        };
        let text = comment_text(self.input, self.composed, self.subject, context);
        let sticky = Sticky {
            github,
            pull_request,
            author: self.input.author.as_deref().unwrap_or_default(),
            marker: &marker,
            body: &format!("{}\n{text}", marker.line()),
            cancellation: &context.cancellation,
        };
        match sticky.post() {
            Ok((posted, id)) => {
                (output.posted, output.comment_id) = (Some(posted), Some(id));
                if posted == Posted::Newer {
                    notes.push("a later run has written the comment already".to_owned());
                }
                false
            }
            Err(error) => trouble("the comment was not written", &error, context, notes),
        }
    }

    /// Writes the check, if wanted. Returns whether something was in the way.
    pub(crate) fn check(
        &self,
        github: &GitHub,
        context: &Context,
        output: &mut Output,
        notes: &mut Vec<String>,
    ) -> bool {
        if self.input.check_run != Some(true) {
            return false;
        }
        let Some(commit) = self.subject.head_sha.as_deref() else {
            notes.push("no check: the commit is not known".to_owned());
            return true;
        };
        match check::write(self.input, self.composed, commit, github) {
            Ok(id) => {
                output.check_run_id = Some(id);
                false
            }
            Err(error) => trouble("the check was not written", &error, context, notes),
        }
    }
}

fn trouble(what: &str, error: &Error, context: &Context, notes: &mut Vec<String>) -> bool {
    let hint = match error.kind {
        ErrorKind::Forbidden if is_fork(context) => {
            "a fork's pull request has a token that only reads: report from a workflow on `workflow_run`"
        }
        ErrorKind::Forbidden if what.contains("check") => {
            "give the job `permissions: checks: write`"
        }
        ErrorKind::Forbidden | ErrorKind::NotFound => {
            "give the job `permissions: pull-requests: write`"
        }
        ErrorKind::Limited => "GitHub limits requests; run the job again later, or set `patience`",
        ErrorKind::Refused => "if the account of the token is another, name it with `author`",
        ErrorKind::Unavailable | ErrorKind::Malformed => "run the job again",
    };
    notes.push(format!("{what}: {error}\nhint: {hint}"));
    true
}

fn is_fork(context: &Context) -> bool {
    let pull = &context.event["pull_request"];
    let (head, base) = (&pull["head"]["repo"]["full_name"], &pull["base"]["repo"]["full_name"]);
    !pull.is_null() && head != base
}
