//! Names and ancestry of commits.

use crate::ask;
use robot_contract::{Context, Failure};

/// Resolves a name to the full hash of a commit; `None` if there is no such commit.
///
/// # Errors
/// As [`ask`].
pub fn commit(context: &Context, name: &str) -> Result<Option<String>, Failure> {
    // A name may look like an option, so it is resolved to a hash first.
    let name = format!("{name}^{{commit}}");
    let found = ask(context, &["rev-parse", "--verify", "--quiet", "--end-of-options", &name])?;
    Ok(found.map(|commit| commit.trim().to_owned()).filter(|commit| !commit.is_empty()))
}

/// The merge base of two commits; `None` if they have no common ancestor, or the clone does not contain it. Both are
/// hashes or names such as `HEAD`, not user input.
///
/// # Errors
/// As [`ask`]; one of them is not a commit in the clone.
pub fn merge_base(context: &Context, one: &str, other: &str) -> Result<Option<String>, Failure> {
    let found = ask(context, &["merge-base", one, other])?;
    Ok(found.map(|commit| commit.trim().to_owned()).filter(|commit| !commit.is_empty()))
}

/// Whether a name is the checked-out commit or one of its ancestors.
///
/// # Errors
/// As [`ask`].
pub fn is_in_head(context: &Context, name: &str) -> Result<bool, Failure> {
    let Some(commit) = commit(context, name)? else { return Ok(false) };
    Ok(ask(context, &["merge-base", "--is-ancestor", &commit, "HEAD"])?.is_some())
}

/// Whether the clone is shallow; `false` if git fails.
pub fn is_shallow(context: &Context) -> bool {
    let told = ask(context, &["rev-parse", "--is-shallow-repository"]);
    told.is_ok_and(|told| told.is_some_and(|told| told.trim() == "true"))
}
