//! Pull requests, and workflow runs with their jobs and artifacts.

use crate::client::encoded;
use crate::{Error, GitHub};
use serde::Deserialize;

/// A pull request.
#[derive(Debug, Clone, Deserialize)]
pub struct PullRequest {
    /// Its number.
    pub number: u64,
    /// `open` or `closed`.
    pub state: String,
    head: Head,
}

#[derive(Debug, Clone, Deserialize)]
struct Head {
    sha: String,
    #[serde(default)]
    repo: Option<Repository>,
}

#[derive(Debug, Clone, Deserialize)]
struct Repository {
    full_name: String,
}

impl PullRequest {
    /// The newest commit.
    pub fn head_sha(&self) -> &str {
        &self.head.sha
    }

    /// `owner/name` of its source repository; `None` for a deleted fork.
    pub fn head_repository(&self) -> Option<&str> {
        self.head.repo.as_ref().map(|repository| repository.full_name.as_str())
    }
}

/// A workflow run.
#[derive(Debug, Clone, Deserialize)]
pub struct WorkflowRun {
    /// Its number on this server.
    pub id: u64,
    /// Its commit.
    pub head_sha: String,
    /// The event that started it.
    pub event: String,
    /// From 1.
    #[serde(default)]
    pub run_attempt: Option<u64>,
    /// `success`, `failure`, `cancelled`, …; `None` while it runs.
    #[serde(default)]
    pub conclusion: Option<String>,
    /// The branch of that repository.
    #[serde(default)]
    pub head_branch: Option<String>,
    #[serde(default)]
    head_repository: Option<Repository>,
}

impl WorkflowRun {
    /// `owner/name` of the repository that the commit comes from.
    pub fn head_repository(&self) -> Option<&str> {
        self.head_repository.as_ref().map(|repository| repository.full_name.as_str())
    }
}

/// A job of a run.
#[derive(Debug, Clone, Deserialize)]
pub struct Job {
    /// Name as GitHub shows it, including the cell of its matrix.
    pub name: String,
    /// `success`, `failure`, `skipped`, …; `None` while it runs.
    #[serde(default)]
    pub conclusion: Option<String>,
}

#[derive(Deserialize)]
struct Jobs {
    jobs: Vec<Job>,
}

/// An artifact of a run.
#[derive(Debug, Clone, Deserialize)]
pub struct Artifact {
    /// Its number on this server.
    pub id: u64,
    /// Its name in the workflow.
    pub name: String,
    /// Bytes of the archive.
    #[serde(default)]
    pub size_in_bytes: u64,
    /// Whether its content has expired.
    #[serde(default)]
    pub expired: bool,
}

#[derive(Deserialize)]
struct Artifacts {
    artifacts: Vec<Artifact>,
}

impl GitHub {
    /// A pull request by its number.
    ///
    /// # Errors
    /// The request fails.
    pub async fn pull_request(&self, number: u64) -> Result<PullRequest, Error> {
        self.get(&format!("/pulls/{number}")).await
    }

    /// A run by its number.
    ///
    /// # Errors
    /// The request fails.
    pub async fn run(&self, id: u64) -> Result<WorkflowRun, Error> {
        self.get(&format!("/actions/runs/{id}")).await
    }

    /// Open pull requests from a branch of a repository, `owner/name`.
    ///
    /// # Errors
    /// The request fails.
    pub async fn pull_requests_from(
        &self,
        repository: &str,
        branch: &str,
    ) -> Result<Vec<PullRequest>, Error> {
        let owner = repository.split('/').next().unwrap_or_default();
        let head = encoded(&format!("{owner}:{branch}"));
        let path = format!("/pulls?state=open&head={head}");
        let mut pulls = self.pages(&path, |pulls: Vec<PullRequest>| pulls).await?;
        // One owner may have several forks.
        pulls.retain(|pull| pull.head_repository() == Some(repository));
        Ok(pulls)
    }

    /// An attempt of a run. The newest attempt does not contain earlier ones.
    ///
    /// # Errors
    /// The request fails.
    pub async fn run_attempt(&self, id: u64, attempt: u64) -> Result<WorkflowRun, Error> {
        self.get(&format!("/actions/runs/{id}/attempts/{attempt}")).await
    }

    /// All jobs of an attempt of a run.
    ///
    /// # Errors
    /// The request fails; the token needs `actions: read`.
    pub async fn jobs(&self, run: u64, attempt: u64) -> Result<Vec<Job>, Error> {
        let path = format!("/actions/runs/{run}/attempts/{attempt}/jobs");
        self.pages(&path, |page: Jobs| page.jobs).await
    }

    /// All artifacts of a run.
    ///
    /// # Errors
    /// The request fails; the token needs `actions: read`.
    pub async fn artifacts(&self, run: u64) -> Result<Vec<Artifact>, Error> {
        self.pages(&format!("/actions/runs/{run}/artifacts"), |page: Artifacts| page.artifacts)
            .await
    }

    /// An artifact's content, a zip archive of at most `limit` bytes.
    ///
    /// # Errors
    /// The request to GitHub or its storage fails, or the archive is larger.
    pub async fn artifact(&self, id: u64, limit: u64) -> Result<Vec<u8>, Error> {
        self.get_bytes(&format!("/actions/artifacts/{id}/zip"), limit).await
    }
}
