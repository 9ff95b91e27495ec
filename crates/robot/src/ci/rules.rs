//! Whether a pull request changes the rules that it is judged by: settings and workflows.

use robot_contract::Context;
use std::path::Path;

/// Paths in the repository that decide what a run demands.
fn is_rule(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(name, "robot.yml" | "robot.yaml")
        || path.starts_with(".github/workflows/")
        || path.starts_with(".github/actions/")
        || name == ".gitattributes"
}

/// Such files that the pull request changes; `None` where that cannot be told, with the reason.
///
/// # Errors
/// Why it cannot be told.
pub(crate) fn changed(context: &Context) -> Result<Vec<String>, String> {
    if context.run.pull_request.is_none() {
        return Ok(Vec::new());
    }
    // Two trees are compared: neither filters nor attributes nor hooks of the checkout are asked.
    let command = context
        .command("git")
        .args(["--no-replace-objects", "-c", "core.fsmonitor=false", "diff-tree"])
        .args(["-r", "-z", "--name-only", "--no-renames", "HEAD^1", "HEAD"])
        .output_cap(64 << 20);
    let told = command.run(&context.cancellation).map_err(|error| error.to_string())?;
    if !told.success() {
        return Err(
            "the base of the pull request is not in the clone (`fetch-depth: 2` has it)".to_owned()
        );
    }
    let paths = String::from_utf8_lossy(&told.stdout).into_owned();
    let mut rules: Vec<String> =
        paths.split('\0').filter(|path| is_rule(path)).map(str::to_owned).collect();
    rules.sort();
    let own = Path::new(context.file.name());
    if let Some(name) = own.file_name().and_then(|name| name.to_str()) {
        // A settings file of another name, which `config` gives.
        let named = paths.split('\0').filter(|path| path.rsplit('/').next() == Some(name));
        rules.extend(named.filter(|path| !is_rule(path)).map(str::to_owned));
    }
    Ok(rules)
}
