//! Checks whether a pull request changes the settings or workflows that define its checks.

use robot_contract::{Context, Failure};
use robot_git as git;
use std::path::Path;

/// Paths in the repository that the pull request changes and that define what a run checks.
///
/// # Errors
/// The change cannot be determined.
pub(crate) fn changed(context: &Context) -> Result<Vec<String>, Failure> {
    if context.run.identity.pull_request.is_none() {
        return Ok(Vec::new());
    }
    let base = base(context)?;
    // Compares trees, so that filters and attributes of the checkout have no effect.
    let listing = ["diff-tree", "-r", "-z", "--name-only", "--no-renames", &base, "HEAD"];
    let changed = git::require(context, &listing)?;
    // `config` may set another settings file.
    let settings = Path::new(context.file.name()).file_name().and_then(|name| name.to_str());
    let is_rule = |path: &&str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        // Ignore files are rules too.
        matches!(name, "robot.yml" | "robot.yaml")
            || matches!(name, "security-ignore.yml" | "osv-scanner.toml")
            || name.starts_with(".trivyignore")
            || settings == Some(name)
            || path.starts_with(".github/workflows/")
            || path.starts_with(".github/actions/")
    };
    Ok(git::paths(&changed).filter(is_rule).map(str::to_owned).collect())
}

/// The base of the pull request: the first parent of GitHub's merge commit, or else the merge base with the target branch.
fn base(context: &Context) -> Result<String, Failure> {
    if git::commit(context, "HEAD^2")?.is_some() {
        return Ok("HEAD^1".to_owned());
    }
    if let Some(name) = &context.run.identity.base_ref
        && let Some(base) = git::commit(context, &format!("origin/{name}"))?
        && let Some(base) = git::merge_base(context, "HEAD", &base)?
    {
        return Ok(base);
    }
    Err(Failure::external(
        "its base commit is not in the clone (set `fetch-depth: 2` of actions/checkout)",
    ))
}
