//! Which run a document belongs to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which run a document belongs to. All fields are absent on a laptop outside a repository.
///
/// Names follow GitHub's default variables; see
/// <https://docs.github.com/actions/reference/workflows-and-actions/variables>.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunIdentity {
    /// The server's address: `https://github.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
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
    /// The target branch of a pull request.
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

impl RunIdentity {
    /// The address of the repository; `None` on a laptop.
    pub fn repository_url(&self) -> Option<String> {
        Some(format!("{}/{}", self.server.as_ref()?, self.repository.as_ref()?))
    }

    /// The address of the run.
    pub fn run_url(&self) -> Option<String> {
        Some(format!("{}/actions/runs/{}", self.repository_url()?, self.run_id?))
    }

    /// The address of the pull request.
    pub fn pull_request_url(&self) -> Option<String> {
        Some(format!("{}/pull/{}", self.repository_url()?, self.pull_request?))
    }

    /// The address below which the repository's files are shown at the commit of the run.
    pub fn source_url(&self) -> Option<String> {
        // A value that is not a hash could lead to another address.
        let is_hash =
            |sha: &&String| sha.len() >= 40 && sha.bytes().all(|byte| byte.is_ascii_hexdigit());
        let commit = self.head_sha.as_ref().filter(is_hash)?;
        Some(format!("{}/blob/{commit}", self.repository_url()?))
    }
}
