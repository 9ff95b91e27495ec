//! Finds the base of a change and the lines that it adds.

use crate::patch::{self, Changed, Patch};
use robot_contract::{Context, Failure};
use robot_git as git;
use std::io;
use std::path::Path;

/// The base of the comparison.
#[derive(Debug)]
pub(crate) enum Base {
    /// The lines that were added since this commit.
    Known { commit: String, changed: Changed },
    /// There is nothing to compare with, and why.
    Nothing(String),
}

/// Finds the base and reads the difference. `wanted` is a setting: a branch or commit.
///
/// # Errors
/// The base is not in the clone, for example in a clone of depth 1; another commit than the change is checked out; git
/// fails.
pub(crate) fn find(wanted: Option<&str>, context: &Context) -> Result<Base, Failure> {
    let candidates = match wanted {
        Some(wanted) => vec![wanted.to_owned(), format!("origin/{wanted}")],
        None => of_event(context)?,
    };
    let Some(named) = candidates.last() else {
        return Ok(Base::Nothing(
            "this run is not of a pull request, and `base` is not set".to_owned(),
        ));
    };
    for candidate in &candidates {
        let Some(commit) = git::commit(context, candidate)? else { continue };
        if let Some(commit) = git::merge_base(context, "HEAD", &commit)? {
            let changed = changed(context, &commit)?;
            return Ok(Base::Known { commit, changed });
        }
    }
    Err(unreachable(wanted.unwrap_or(named), context))
}

/// Names of the base, the most exact first; empty if the event has no base.
fn of_event(context: &Context) -> Result<Vec<String>, Failure> {
    let text = |pointer: &str| context.run.event.pointer(pointer)?.as_str().map(str::to_owned);
    if let Some(base) = text("/merge_group/base_sha") {
        return Ok(vec![base]);
    }
    let name = context.run.identity.base_ref.clone().or_else(|| text("/pull_request/base/ref"));
    let Some(name) = name else { return Ok(Vec::new()) };
    let mut candidates = Vec::new();
    if let Some(head) = text("/pull_request/head/sha") {
        let checked_out = git::commit(context, "HEAD")?;
        let merged = git::commit(context, "HEAD^2")?;
        let is_started = checked_out.is_some() && checked_out == context.run.identity.merge_sha;
        // A pull request is checked out as its merge commit, whose first parent is exactly its base. A
        // merge that is part of the change has another second parent.
        if is_started && merged.as_ref() == Some(&head) {
            candidates.push("HEAD^1".to_owned());
        } else {
            // For all events but this one, GitHub starts the run at the merge commit.
            let event = context.run.identity.event.as_deref().unwrap_or_default();
            let is_of_merge = event.starts_with("pull_request") && event != "pull_request_target";
            let is_change = checked_out.as_ref() == Some(&head)
                || merged.as_ref() == Some(&head)
                || is_started && is_of_merge
                || git::is_in_head(context, &head)?;
            if !is_change {
                return Err(Failure::external(format!(
                    "commit {} is checked out instead of the pull request's commit {}, so the changed lines are unknown",
                    short(checked_out.as_deref().unwrap_or("nothing")),
                    short(&head)
                ))
                .hint("check out the commit that the tests ran on (`ref` of actions/checkout), or set `base`"));
            }
        }
    }
    candidates.push(format!("origin/{name}"));
    candidates.extend(text("/pull_request/base/sha"));
    candidates.push(name);
    Ok(candidates)
}

pub(crate) fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}

fn unreachable(base: &str, context: &Context) -> Failure {
    if git::is_shallow(context) {
        return Failure::external(format!(
            "the clone is too shallow to reach `{base}`, so the changed lines are unknown"
        ))
        .hint(
            "set `fetch-depth: 2` of actions/checkout: a pull request's merge commit and its base",
        )
        .hint(format!("or run `git fetch --deepen=100 origin {base}` before this step"));
    }
    Failure::external(format!("`{base}` and the checked-out commit have no common ancestor")).hint(
        format!("run `git fetch origin {base}`, or set `base` to a commit that is in the clone"),
    )
}

/// Lines that differ from `commit`, in tracked files and in new, untracked ones. Paths are relative to the working folder,
/// also for files outside of it, which a workspace may include.
fn changed(context: &Context, commit: &str) -> Result<Changed, Failure> {
    let filters = git::without_filters(context)?;
    let mut arguments: Vec<&str> = filters.iter().map(String::as_str).collect();
    arguments.extend([
        "diff",
        "--unified=0",
        "--inter-hunk-context=0",
        "--find-renames",
        "--diff-algorithm=default",
        "--text",
        "--submodule=diff",
        "--ignore-submodules=dirty",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "--no-relative",
        "--src-prefix=a/",
        "--dst-prefix=b/",
        commit,
        "--",
        ":(top)*.go",
    ]);
    let prefix = git::ask(context, &["rev-parse", "--show-prefix"])?.unwrap_or_default();
    let prefix = prefix.trim_end_matches('\n');
    let differing = differing(context, commit)?;
    let submodules: Vec<String> =
        differing.submodules.iter().map(|path| format!(":(top,literal){path}")).collect();
    arguments.extend(submodules.iter().map(String::as_str));
    let mut patch = Patch::default();
    git::read(context, &arguments, &mut |output| {
        patch = patch::read(output)?;
        Ok(())
    })?;
    let is_part = |path: &&String| holds_go(&context.directory.join(from(prefix, path)));
    if let Some(path) = patch.opaque.iter().find(is_part) {
        return Err(Failure::external(format!(
            "the submodule {path} changed, but its commits are not in the clone"
        ))
        .hint("set `submodules: true` and `fetch-depth: 0` of actions/checkout"));
    }
    let mut changed: Changed =
        patch.changed.into_iter().map(|(path, lines)| (from(prefix, &path), lines)).collect();
    let new =
        ["ls-files", "-z", "--others", "--exclude-standard", "--full-name", "--", ":(top)*.go"];
    let new = git::ask(context, &new)?.unwrap_or_default();
    for path in git::paths(&new) {
        changed.insert(from(prefix, path), vec![1..=u32::MAX]);
    }
    for path in links(context)? {
        // The content of a link is a path, but its target is what is built.
        let path = from(prefix, &path);
        let link = context.directory.join(&path);
        let Ok(target) = link.canonicalize() else { continue };
        let leads_to = |other: &String| {
            let other = context.directory.join(from(prefix, other));
            other == link || other.canonicalize().is_ok_and(|other| other == target)
        };
        if differing.paths.iter().any(leads_to) {
            changed.insert(path, vec![1..=u32::MAX]);
        }
    }
    Ok(changed)
}

/// Converts a path of the repository to one relative to the folder at `prefix`, which ends with `/`.
fn from(prefix: &str, path: &str) -> String {
    let mut above: Vec<&str> = prefix.split('/').filter(|part| !part.is_empty()).collect();
    let mut rest = path;
    while let Some((first, below)) = rest.split_once('/') {
        if above.first() != Some(&first) {
            break;
        }
        above.remove(0);
        rest = below;
    }
    "../".repeat(above.len()) + rest
}

/// Tracked Go files that are symbolic links, by their paths in the repository.
fn links(context: &Context) -> Result<Vec<String>, Failure> {
    let listed = ["ls-files", "-z", "--stage", "--full-name", "--", ":(top)*.go"];
    let listed = git::ask(context, &listed)?.unwrap_or_default();
    let links = listed.split('\0').filter(|entry| entry.starts_with("120000 "));
    Ok(links.filter_map(|entry| Some(entry.split_once('\t')?.1.to_owned())).collect())
}

/// Paths in the repository that differ from a commit.
#[derive(Default)]
struct Differing {
    paths: Vec<String>,
    /// Submodules that differ; a pathspec for Go files does not include their contents.
    submodules: Vec<String>,
}

fn differing(context: &Context, commit: &str) -> Result<Differing, Failure> {
    let filters = git::without_filters(context)?;
    let filters: Vec<&str> = filters.iter().map(String::as_str).collect();
    let listing =
        ["diff", "--raw", "-z", "--no-renames", "--ignore-submodules=dirty", "--no-relative"];
    let listing = [filters.as_slice(), &listing, &[commit, "--"]].concat();
    let mut differing = Differing::default();
    git::read(context, &listing, &mut |output| {
        let mut fields = io::BufRead::split(output, b'\0');
        while let (Some(head), Some(path)) =
            (fields.next().transpose()?, fields.next().transpose()?)
        {
            let head = String::from_utf8_lossy(&head);
            let is_submodule =
                head.split(' ').take(2).any(|mode| mode.trim_start_matches(':') == "160000");
            let path = String::from_utf8_lossy(&path).into_owned();
            if is_submodule {
                differing.submodules.push(path.clone());
            }
            differing.paths.push(path);
        }
        Ok(())
    })?;
    Ok(differing)
}

/// Whether a folder contains Go files that belong to the surrounding module.
fn holds_go(folder: &Path) -> bool {
    if folder.join("go.mod").exists() {
        return false;
    }
    let entries = fs_err::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries.map(|entry| entry.path()).any(|path| match path.symlink_metadata() {
        Ok(kind) if kind.is_dir() => !path.ends_with(".git") && holds_go(&path),
        _ => path.extension().is_some_and(|extension| extension == "go"),
    })
}

#[cfg(test)]
mod tests {
    use super::from;

    #[test]
    fn paths_beside_the_working_folder_lead_up() {
        assert_eq!(from("", "lib/a.go"), "lib/a.go");
        assert_eq!(from("bot/", "bot/pkg/a.go"), "pkg/a.go");
        assert_eq!(from("bot/", "lib/a.go"), "../lib/a.go");
        assert_eq!(from("x/bot/", "x/lib/a.go"), "../lib/a.go");
        assert_eq!(from("x/bot/", "a.go"), "../../a.go");
        assert_eq!(from("bot/", "bot.go"), "../bot.go");
    }
}
