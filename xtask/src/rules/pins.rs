//! The third-party actions that may be used.

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use std::path::Path;

const FILE: &str = ".github/pins.yml";

/// A third-party action at the reviewed commit.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pin {
    pub(crate) action: String,
    pub(super) version: String,
    pub(super) commit: String,
    why: String,
    pub(super) inputs: Vec<String>,
}

impl Pin {
    pub(crate) fn read(root: &Path) -> Result<Vec<Self>> {
        Self::parse(&fs_err::read_to_string(root.join(FILE))?).context(FILE)
    }

    /// The pin of an action.
    pub(crate) fn of<'a>(pins: &'a [Self], action: &str) -> Result<&'a Self> {
        let pin = pins.iter().find(|pin| pin.action == action);
        pin.with_context(|| format!("{action} is not in {FILE}"))
    }

    /// `actions/cache/save@<commit> # v5`: how a workflow names it.
    pub(crate) fn reference(&self) -> String {
        format!("{}@{} # {}", self.action, self.commit, self.version)
    }

    /// `cache` of `actions/cache/save`.
    pub(crate) fn name(&self) -> &str {
        self.action.split('/').nth(1).unwrap_or_default()
    }

    /// `actions/cache@<commit>`: the repository that it is in.
    pub(crate) fn repository(&self) -> String {
        let owner = self.action.split('/').next().unwrap_or_default();
        format!("{owner}/{}@{}", self.name(), self.commit)
    }

    pub(super) fn parse(text: &str) -> Result<Vec<Self>> {
        let pins: Vec<Self> = serde_saphyr::from_str(text)?;
        for pin in &pins {
            let is_commit =
                pin.commit.len() == 40 && pin.commit.bytes().all(|byte| byte.is_ascii_hexdigit());
            ensure!(is_commit, "{}: `{}` is not a commit hash", pin.action, pin.commit);
            ensure!(!pin.why.trim().is_empty(), "{}: `why` is empty", pin.action);
        }
        Ok(pins)
    }
}
