//! Whether a pull request changes the rules that it is judged by: settings and workflows.

use robot_contract::Context;
use std::path::Path;

/// Paths in the repository, of those that the pull request changes, that decide what a run demands.
///
/// # Errors
/// Why that cannot be told.
pub(crate) fn changed(context: &Context) -> Result<Vec<String>, String> {
    if context.run.identity.pull_request.is_none() {
        return Ok(Vec::new());
    }
    let base = base(context)?;
    let paths =
        git(context, &["diff-tree", "-r", "-z", "--name-only", "--no-renames", &base, "HEAD"])
            .ok_or_else(|| format!("git does not have {base}"))?;
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
    Ok(paths.split('\0').filter(is_rule).map(str::to_owned).collect())
}

/// What the pull request starts from: the first parent of GitHub's merge, else where its branch left
/// the base.
fn base(context: &Context) -> Result<String, String> {
    if git(context, &["rev-parse", "--verify", "--quiet", "HEAD^2"]).is_some() {
        return Ok("HEAD^1".to_owned());
    }
    let of_branch =
        |name: &String| git(context, &["merge-base", "HEAD", &format!("origin/{name}")]);
    let base = context.run.identity.base_ref.as_ref().and_then(of_branch);
    base.map(|base| base.trim().to_owned())
        .ok_or_else(|| "its base is not in the clone (`fetch-depth: 2` has it)".to_owned())
}

/// What git prints; `None` when it fails. Trees are compared, so neither filters nor attributes nor hooks
/// of the checkout are asked.
fn git(context: &Context, arguments: &[&str]) -> Option<String> {
    let command = context
        .command("git")
        .args(["--no-replace-objects", "-c", "core.fsmonitor=false"])
        .args(arguments.iter().copied())
        .output_cap(64 << 20);
    let told = command.run(&context.cancellation).ok().filter(|told| told.success())?;
    Some(String::from_utf8_lossy(&told.stdout).into_owned())
}
