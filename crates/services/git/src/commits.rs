//! Names and ancestry of commits.

use crate::ask;
use robot_contract::{Context, Failure};

/// The hash of the commit that a name means, in full; `None` where it means none.
///
/// # Errors
/// As [`ask`].
pub fn commit(context: &Context, name: &str) -> Result<Option<String>, Failure> {
    // A name may look like an option: it is resolved to a hash first.
    let name = format!("{name}^{{commit}}");
    let found = ask(context, &["rev-parse", "--verify", "--quiet", "--end-of-options", &name])?;
    Ok(found.map(|commit| commit.trim().to_owned()).filter(|commit| !commit.is_empty()))
}

/// The commit where two of them part; `None` where they have none in common, or the clone does not reach it.
/// Both are hashes or names such as `HEAD`, not what a user wrote.
///
/// # Errors
/// As [`ask`]; one of them is no commit here.
pub fn merge_base(context: &Context, one: &str, other: &str) -> Result<Option<String>, Failure> {
    let found = ask(context, &["merge-base", one, other])?;
    Ok(found.map(|commit| commit.trim().to_owned()).filter(|commit| !commit.is_empty()))
}

/// Whether a name means a commit that is checked out or before it.
///
/// # Errors
/// As [`ask`].
pub fn is_in_head(context: &Context, name: &str) -> Result<bool, Failure> {
    let Some(commit) = commit(context, name)? else { return Ok(false) };
    Ok(ask(context, &["merge-base", "--is-ancestor", &commit, "HEAD"])?.is_some())
}

/// Whether the clone ends before the first commit; `false` where git cannot tell.
pub fn is_shallow(context: &Context) -> bool {
    let told = ask(context, &["rev-parse", "--is-shallow-repository"]);
    told.is_ok_and(|told| told.is_some_and(|told| told.trim() == "true"))
}
