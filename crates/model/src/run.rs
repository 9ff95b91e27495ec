//! Which run a document belongs to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which run a document belongs to. All fields are absent on a laptop outside a repository.
///
/// Names follow GitHub's default variables; see
/// <https://docs.github.com/actions/reference/workflows-and-actions/variables>.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunIdentity {
    /// `owner/name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// `pull_request`, `push`, …; `local` outside GitHub.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// The commit that a person pushed (a pull request's head).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_sha: Option<String>,
    /// The commit that was checked out (a pull request's merge commit).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merge_sha: Option<String>,
    /// The branch that a pull request wants to enter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_ref: Option<String>,
    /// Number of the pull request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<u64>,
    /// Run id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<u64>,
    /// Attempt of the run, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u64>,
    /// Job key in the workflow file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
}
