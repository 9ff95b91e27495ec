//! Settings.

use robot_contract::{Failure, Mode, Provenance, Secret};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The token that posts the comment.
pub(crate) const TOKEN: Secret = Secret {
    input: "token",
    variable: "GITHUB_TOKEN",
    help: "Token that can read the run and write the comment",
    default: Some("github.token"),
};

/// Settings of `summary`.
#[derive(Debug, Clone, clap::Args, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Input {
    /// Result files, or folders with them [default: the results of this job, else the artifacts of the run]
    #[arg(long, value_name = "PATH", value_delimiter = ',')]
    pub results: Option<Vec<PathBuf>>,
    /// Prefix of the names of artifacts with results; each job uploads `$RUNNER_TEMP/robot` as one
    #[arg(long, value_name = "PREFIX", default_value = "robot-result")]
    pub artifacts: String,
    /// Title of the report
    #[arg(long, value_name = "TEXT", default_value = "robot")]
    pub title: String,
    /// Key that distinguishes several reports on one pull request
    #[arg(long, value_name = "WORD", default_value = "default")]
    pub key: String,
    /// Whether to write a comment on the pull request and keep it up to date
    #[arg(long, default_value_t = true)]
    pub comment: bool,
    /// Account that the token belongs to, which is the author of the comment
    #[arg(long, value_name = "LOGIN", default_value = "github-actions[bot]")]
    pub author: String,
    /// Whether to write a check with annotations; needs the permission `checks: write`
    #[arg(long)]
    pub check_run: bool,
    /// Seconds to wait in total for rate limits and servers that do not respond
    #[arg(long, value_name = "SECONDS", default_value_t = 90)]
    pub patience: u64,
    /// `report` only reports the results; `enforce` also fails the step when they fail
    #[arg(long, value_name = "MODE", default_value = "report")]
    pub mode: Mode,
}

pub(crate) fn resolve(input: Input, provenance: &Provenance) -> Result<Input, Failure> {
    let key = &input.key;
    let is_word = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if key.is_empty() || key.len() > 100 || !key.chars().all(is_word) {
        let place = provenance.place("key");
        return Err(Failure::config(format!(
            "{place}: expected letters, digits, `-`, `_` and `.`"
        )));
    }
    Ok(input)
}
