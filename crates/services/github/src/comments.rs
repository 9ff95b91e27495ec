//! Comments on pull requests.

use crate::{Error, GitHub};
use robot_net::Method;
use serde::Deserialize;
use serde_json::json;

/// A comment on a pull request.
#[derive(Debug, Clone, Deserialize)]
pub struct Comment {
    /// Its number on this server.
    pub id: u64,
    /// Markdown.
    #[serde(default)]
    pub body: Option<String>,
    #[serde(default)]
    user: Option<User>,
}

#[derive(Debug, Clone, Deserialize)]
struct User {
    #[serde(default)]
    login: String,
}

impl Comment {
    /// Login of its author; empty for a deleted account.
    pub fn author(&self) -> &str {
        self.user.as_ref().map_or("", |user| user.login.as_str())
    }
}

impl GitHub {
    /// All comments of a pull request, oldest first.
    ///
    /// # Errors
    /// The request fails.
    pub async fn comments(&self, pull_request: u64) -> Result<Vec<Comment>, Error> {
        let path = format!("/issues/{pull_request}/comments");
        self.pages(&path, |comments: Vec<Comment>| comments).await
    }

    /// Writes a comment.
    ///
    /// # Errors
    /// GitHub rejects it. If [`Error::is_unsure`], it may exist nevertheless.
    pub async fn create_comment(&self, pull_request: u64, body: &str) -> Result<Comment, Error> {
        let path = format!("/issues/{pull_request}/comments");
        self.change(Method::Post, &path, &json!({ "body": body })).await
    }

    /// Replaces a comment's text.
    ///
    /// # Errors
    /// GitHub rejects it; [`NotFound`](crate::ErrorKind::NotFound) if it was deleted.
    pub async fn update_comment(&self, id: u64, body: &str) -> Result<Comment, Error> {
        self.change(Method::Patch, &format!("/issues/comments/{id}"), &json!({ "body": body }))
            .await
    }

    /// Removes a comment.
    ///
    /// # Errors
    /// GitHub rejects it.
    pub async fn delete_comment(&self, id: u64) -> Result<(), Error> {
        self.delete(&format!("/issues/comments/{id}")).await
    }
}
