//! The actions of others that may be used.

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use std::path::Path;

pub(super) const FILE: &str = ".github/pins.yml";

/// An action of others at the commit that was looked at.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pin {
    pub(super) action: String,
    pub(super) version: String,
    pub(super) commit: String,
    why: String,
    pub(super) inputs: Vec<String>,
}

impl Pin {
    pub(super) fn read(root: &Path) -> Result<Vec<Self>> {
        Self::parse(&fs_err::read_to_string(root.join(FILE))?).context(FILE)
    }

    pub(super) fn parse(text: &str) -> Result<Vec<Self>> {
        let pins: Vec<Self> = serde_saphyr::from_str(text)?;
        for pin in &pins {
            let is_commit =
                pin.commit.len() == 40 && pin.commit.bytes().all(|byte| byte.is_ascii_hexdigit());
            ensure!(is_commit, "{}: `{}` is no commit", pin.action, pin.commit);
            ensure!(!pin.why.trim().is_empty(), "{} is there for no reason", pin.action);
        }
        Ok(pins)
    }
}
