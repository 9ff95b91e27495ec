//! Uploads to code scanning.
//! <https://docs.github.com/rest/code-scanning/code-scanning#upload-an-analysis-as-sarif-data>

use crate::{Error, GitHub};
use robot_net::Method;
use serde::Deserialize;
use serde_json::json;

/// An upload that GitHub has taken and will process.
#[derive(Debug, Clone, Deserialize)]
pub struct SarifUpload {
    /// Its name on the server.
    pub id: String,
}

/// How far GitHub is with an upload.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct SarifStatus {
    /// `pending`, `complete` or `failed`.
    #[serde(default)]
    pub processing_status: Option<String>,
    /// Why it failed.
    #[serde(default)]
    pub errors: Option<Vec<String>>,
}

impl GitHub {
    /// Uploads a SARIF document. `sarif`: compressed by gzip and encoded in base64; `reference`: the full name of
    /// the branch, or of the pull request (`refs/pull/7/merge`), that `commit` is of.
    ///
    /// # Errors
    /// GitHub does not take it: `Forbidden` and `NotFound` where the repository has no code scanning or the
    /// token lacks `security-events: write`.
    pub async fn upload_sarif(
        &self,
        commit: &str,
        reference: &str,
        sarif: &str,
    ) -> Result<SarifUpload, Error> {
        let body = json!({ "commit_sha": commit, "ref": reference, "sarif": sarif });
        self.change(Method::Post, "/code-scanning/sarifs", &body).await
    }

    /// How far an upload is.
    ///
    /// # Errors
    /// GitHub does not tell.
    pub async fn sarif_status(&self, upload: &SarifUpload) -> Result<SarifStatus, Error> {
        self.get(&format!("/code-scanning/sarifs/{}", crate::client::encoded(&upload.id))).await
    }
}
