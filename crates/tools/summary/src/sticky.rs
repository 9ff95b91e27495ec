//! Keeps one comment for a report, whatever happens to requests, runs and the comment itself.

use crate::marker::Marker;
use robot_github::{Comment, Error, ErrorKind, GitHub};
use robot_process::Cancellation;
use schemars::JsonSchema;
use serde::Serialize;
use std::time::Duration;

/// The state of the comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Posted {
    /// It was created.
    Created,
    /// It existed and was updated.
    Updated,
    /// It existed with this text.
    Unchanged,
    /// A later run has already written it.
    Newer,
}

/// Largest number of rounds. A round is repeated if something else changed the comments or a response was lost.
const ROUNDS: usize = 4;
/// Delay after a lost response, because GitHub lists a new comment with some delay.
const SETTLE: Duration = Duration::from_secs(1);

/// The comment to write.
pub(crate) struct Sticky<'a> {
    pub(crate) github: &'a GitHub,
    pub(crate) pull_request: u64,
    pub(crate) author: &'a str,
    pub(crate) marker: &'a Marker,
    /// Text, which begins with the marker's line.
    pub(crate) body: &'a str,
    pub(crate) cancellation: &'a Cancellation,
}

/// The outcome.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) posted: Posted,
    /// The comment's id.
    pub(crate) id: u64,
    /// Its author, if it is not the expected one.
    pub(crate) other_author: Option<String>,
}

impl Sticky<'_> {
    /// Updates the existing comment, or creates one.
    ///
    /// # Errors
    /// A request to GitHub fails.
    pub(crate) async fn post(&self) -> Result<Ended, Error> {
        let mut last = None;
        for _ in 0..ROUNDS {
            let ours = self.ours(self.author).await?;
            let ended = match ours.split_first() {
                Some((first, others)) => self.replace(first, others).await,
                None => self.create().await,
            };
            match ended {
                // It was deleted after it was listed, so it is created again.
                Err(error) if error.kind == ErrorKind::NotFound && !ours.is_empty() => {
                    last = Some(error);
                }
                // It may exist, so it is searched for before anything is written again.
                Err(error) if error.is_unsure => {
                    if robot_net::pause(SETTLE, self.cancellation).await {
                        return Err(error);
                    }
                    last = Some(error);
                }
                ended => return ended,
            }
        }
        Err(last.unwrap_or_else(|| Error {
            kind: ErrorKind::Unavailable,
            is_unsure: false,
            request: "comment".to_owned(),
            reason: "another program keeps changing it".to_owned(),
        }))
    }

    /// Comments of this report, oldest first. Only those of our account count, because others may copy the marker.
    async fn ours(&self, author: &str) -> Result<Vec<Comment>, Error> {
        let mut comments = self.github.comments(self.pull_request).await?;
        comments.retain(|comment| {
            comment.author() == author
                && marker(comment).is_some_and(|marker| marker.key == self.marker.key)
        });
        comments.sort_by_key(|comment| comment.id);
        Ok(comments)
    }

    async fn replace(&self, first: &Comment, others: &[Comment]) -> Result<Ended, Error> {
        let is_newer = |comment: &Comment| {
            marker(comment).is_some_and(|marker| marker.order > self.marker.order)
        };
        // If there are several, for example after a killed run, the oldest stays.
        let newest = others.iter().find(|other| is_newer(other));
        let is_late = is_newer(first) || newest.is_some();
        let body = newest.and_then(|newest| newest.body.as_deref());
        let body = if is_late { body } else { Some(self.body) };
        let is_changed = body.is_some() && body != first.body.as_deref();
        if let (Some(body), true) = (body, is_changed) {
            self.github.update_comment(first.id, body).await?;
        }
        for other in others {
            // If it cannot be deleted, the next run finds it.
            let _ = self.github.delete_comment(other.id).await;
        }
        let posted = match (is_late, is_changed) {
            (true, _) => Posted::Newer,
            (false, true) => Posted::Updated,
            (false, false) => Posted::Unchanged,
        };
        Ok(Ended { posted, id: first.id, other_author: None })
    }

    async fn create(&self) -> Result<Ended, Error> {
        let created = self.github.create_comment(self.pull_request, self.body).await?;
        // Now the account is known. Another run may have created a comment at the same time, and earlier runs
        // may have if the configured account was wrong. All of them see the same oldest comment.
        let ours = self.ours(created.author()).await.unwrap_or_default();
        let ended = match ours.split_first() {
            Some((first, others)) if first.id != created.id => self.replace(first, others).await?,
            _ => Ended { posted: Posted::Created, id: created.id, other_author: None },
        };
        let is_other = created.author() != self.author;
        Ok(Ended { other_author: is_other.then(|| created.author().to_owned()), ..ended })
    }
}

fn marker(comment: &Comment) -> Option<Marker> {
    Marker::of(comment.body.as_deref()?)
}
