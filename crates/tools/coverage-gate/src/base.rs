//! What a change adds, against the commit that it starts from.

use crate::patch::{self, Changed};
use robot_contract::{Context, Failure};

/// What is compared with.
#[derive(Debug)]
pub(crate) enum Base {
    /// The lines that were added since this commit.
    Known { commit: String, changed: Changed },
    /// There is nothing to compare with, and why that is right.
    Nothing(String),
}

/// Finds the base and reads the difference. `wanted` is a setting: a branch or commit.
///
/// # Errors
/// There is a base and git cannot reach it, as in a clone of depth 1; git fails.
pub(crate) fn find(wanted: Option<&str>, context: &Context) -> Result<Base, Failure> {
    let from_event = context.run.base_ref.as_deref();
    let Some(base) = wanted.or(from_event) else {
        return Ok(Base::Nothing("this is no pull request and `base` is not set".to_owned()));
    };
    // A pull request is checked out as its merge: the first parent is its base exactly. Else the
    // branch as it was fetched.
    let mut candidates = vec![base.to_owned(), format!("origin/{base}")];
    if wanted.is_none() && is_merge(context) {
        candidates.insert(0, "HEAD^1".to_owned());
    }
    let commit = candidates.iter().find_map(|name| merge_base(name, context));
    let Some(commit) = commit else { return Err(unreachable(base, context)) };
    let diff = git(
        context,
        &[
            "-c",
            "core.quotePath=false",
            "diff",
            "--unified=0",
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
            "--src-prefix=a/",
            "--dst-prefix=b/",
            // Without the prefix of a folder that the tool works in.
            "--relative",
            &commit,
            "--",
            "*.go",
        ],
    )
    .ok_or_else(|| Failure::external(format!("git does not tell what changed since {commit}")))?;
    Ok(Base::Known { commit, changed: patch::changed(&diff) })
}

fn is_merge(context: &Context) -> bool {
    git(context, &["rev-parse", "--verify", "--quiet", "HEAD^2"]).is_some()
}

fn merge_base(name: &str, context: &Context) -> Option<String> {
    // A name may look like an option: it is resolved to a hash first.
    let commit = format!("{name}^{{commit}}");
    let commit = git(context, &["rev-parse", "--verify", "--quiet", "--end-of-options", &commit])?;
    let commit = git(context, &["merge-base", "HEAD", commit.trim()])?;
    Some(commit.trim().to_owned()).filter(|commit| !commit.is_empty())
}

fn unreachable(base: &str, context: &Context) -> Failure {
    let shallow = git(context, &["rev-parse", "--is-shallow-repository"]);
    if shallow.is_some_and(|answer| answer.trim() == "true") {
        return Failure::external(format!(
            "the clone is too shallow to reach `{base}`: what the change adds cannot be told"
        ))
        .hint("give actions/checkout `fetch-depth: 2` (a pull request's merge commit and its base)")
        .hint(format!("or run `git fetch --deepen=100 origin {base}` before this step"));
    }
    Failure::external(format!("`{base}` has no commit in common with what is checked out")).hint(
        format!("fetch it: `git fetch origin {base}`, or set `base` to a commit that is here"),
    )
}

pub(crate) fn git(context: &Context, arguments: &[&str]) -> Option<String> {
    let command = context.command("git").args(arguments.iter().copied()).output_cap(256 << 20);
    let finished = command.run(&context.cancellation).ok().filter(|finished| finished.success())?;
    Some(String::from_utf8_lossy(&finished.stdout).into_owned())
}
