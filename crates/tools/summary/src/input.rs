//! Settings.

use robot_contract::{Failure, Mode, Provenance, Secret};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What posts the comment.
pub(crate) const TOKEN: Secret = Secret {
    input: "token",
    variable: "GITHUB_TOKEN",
    help: "Token that reads the run and writes the comment",
    default: Some("github.token"),
};

/// Settings of `summary`.
#[derive(Debug, Clone, clap::Args, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Input {
    /// Results, or folders with them [default: what this job left, else the artifacts of the run]
    #[arg(long, value_name = "PATH", value_delimiter = ',')]
    pub results: Option<Vec<PathBuf>>,
    /// What the names of artifacts with results begin with; a job uploads `$RUNNER_TEMP/robot` as one of them
    #[arg(long, value_name = "PREFIX", default_value = "robot-result")]
    pub artifacts: String,
    /// What the report is called
    #[arg(long, value_name = "TEXT", default_value = "robot")]
    pub title: String,
    /// Tells several reports on one pull request apart
    #[arg(long, value_name = "WORD", default_value = "default")]
    pub key: String,
    /// Whether to keep a comment on the pull request
    #[arg(long, default_value_t = true)]
    pub comment: bool,
    /// Whose comment it is: the account of the token
    #[arg(long, value_name = "LOGIN", default_value = "github-actions[bot]")]
    pub author: String,
    /// Whether to write a check with annotations; needs `checks: write`
    #[arg(long)]
    pub check_run: bool,
    /// Seconds to wait in all for rate limits and for servers that do not answer
    #[arg(long, value_name = "SECONDS", default_value_t = 90)]
    pub patience: u64,
    /// `report` tells what the results are, `enforce` also fails with them
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
