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
#[derive(Debug, Clone, Default, clap::Args, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
pub struct Input {
    /// Results, or folders with them [default: what this job left, else the artifacts of the run]
    #[arg(long, value_name = "PATH", value_delimiter = ',')]
    pub results: Option<Vec<PathBuf>>,
    /// What the names of artifacts with results begin with; a job uploads `$RUNNER_TEMP/robot` as one of them
    #[arg(long, value_name = "PREFIX")]
    pub artifacts: Option<String>,
    /// What the report is called
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// Tells several reports on one pull request apart
    #[arg(long, value_name = "WORD")]
    pub key: Option<String>,
    /// Whether to keep a comment on the pull request
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub comment: Option<bool>,
    /// Whose comment it is: the account of the token
    #[arg(long, value_name = "LOGIN")]
    pub author: Option<String>,
    /// Whether to write a check with annotations; needs `checks: write`
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub check_run: Option<bool>,
    /// Seconds to wait in all for rate limits and for servers that do not answer
    #[arg(long, value_name = "SECONDS")]
    pub patience: Option<u64>,
    /// `report` tells what the results are, `enforce` also fails with them
    #[arg(long, value_name = "MODE")]
    pub mode: Option<Mode>,
}

pub(crate) fn defaults() -> Input {
    Input {
        artifacts: Some("robot-result".to_owned()),
        title: Some("robot".to_owned()),
        key: Some("default".to_owned()),
        comment: Some(true),
        author: Some("github-actions[bot]".to_owned()),
        check_run: Some(false),
        patience: Some(90),
        mode: Some(Mode::Report),
        ..Input::default()
    }
}

pub(crate) fn validate(input: &Input, provenance: &Provenance) -> Result<(), Failure> {
    let key = input.key.as_deref().unwrap_or_default();
    let is_word = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if key.is_empty() || key.len() > 100 || !key.chars().all(is_word) {
        let place = provenance.place("key");
        return Err(Failure::config(format!(
            "{place}: expected letters, digits, `-`, `_` and `.`"
        )));
    }
    Ok(())
}
