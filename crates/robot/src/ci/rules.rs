//! Whether a pull request changes the rules that it is judged by: settings and workflows.

use robot_contract::{Context, Failure};
use robot_git as git;
use std::path::Path;

/// Paths in the repository, of those that the pull request changes, that decide what a run demands.
///
/// # Errors
/// Why that cannot be told.
pub(crate) fn changed(context: &Context) -> Result<Vec<String>, Failure> {
    if context.run.identity.pull_request.is_none() {
        return Ok(Vec::new());
    }
    let base = base(context)?;
    // Trees are compared, so that neither filters nor attributes of the checkout count.
    let listing = ["diff-tree", "-r", "-z", "--name-only", "--no-renames", &base, "HEAD"];
    let changed = git::require(context, &listing)?;
    // `config` may give the settings another name.
    let settings = Path::new(context.file.name()).file_name().and_then(|name| name.to_str());
    let is_rule = |path: &&str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        // What sets findings aside is a rule too.
        matches!(name, "robot.yml" | "robot.yaml")
            || matches!(name, "security-ignore.yml" | "osv-scanner.toml")
            || name.starts_with(".trivyignore")
            || settings == Some(name)
            || path.starts_with(".github/workflows/")
            || path.starts_with(".github/actions/")
    };
    Ok(git::paths(&changed).filter(is_rule).map(str::to_owned).collect())
}

/// What the pull request starts from: the first parent of GitHub's merge, else where its branch left
/// the base.
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
