//! Finds the coverage record of an earlier commit in the history.

use crate::base::Base;
use robot_contract::Context;
use robot_git as git;
use robot_history::History;
use robot_model::CoverageRecord;

/// Largest number of commits that are searched for a record.
const ANCESTORS: &str = "--max-count=100";

/// The record to compare with.
#[derive(Debug)]
pub(crate) enum Before {
    /// The record of the base or of a commit before it.
    Ancestor(CoverageRecord),
    /// The newest record, because no earlier commit within reach has one.
    Newest(CoverageRecord),
    /// No record: a first run.
    Nothing,
    /// A record should exist; says why there is none to compare with.
    Unknown(String),
}

impl Before {
    pub(crate) fn record(&self) -> Option<&CoverageRecord> {
        match self {
            Self::Ancestor(record) | Self::Newest(record) => Some(record),
            Self::Nothing | Self::Unknown(_) => None,
        }
    }

    /// Why nothing was compared.
    pub(crate) fn missing(&self) -> Option<&str> {
        match self {
            Self::Ancestor(_) | Self::Newest(_) => None,
            Self::Nothing => Some("there is no record of an earlier commit yet"),
            Self::Unknown(why) => Some(why),
        }
    }
}

/// Finds the record nearest to the base, or to the previous commit. With `must_be_before` a threshold depends on it, so that
/// a record of an arbitrary commit is not accepted if git cannot tell which commits are earlier.
pub(crate) fn find(
    history: &mut History,
    base: &Base,
    must_be_before: bool,
    context: &Context,
) -> Before {
    if !history.has_coverage() {
        return match history.had_coverage() {
            true => Before::Unknown("no record of an earlier commit can be read".to_owned()),
            false => Before::Nothing,
        };
    }
    let head = git::commit(context, "HEAD").ok().flatten().unwrap_or_default();
    // A second attempt must not be compared with the first one.
    let before = commits(base, context).into_iter().filter(|commit| *commit != head);
    let before: Vec<String> = match base {
        Base::Nothing(_) if !context.run.is_default_branch => {
            std::iter::once(head.clone()).chain(before).collect()
        }
        _ => before.collect(),
    };
    if let Some(record) = history.coverage(before.iter().map(String::as_str)) {
        return Before::Ancestor(record);
    }
    // With a base, the start of the change is known; the record of the base may still be in progress.
    if must_be_before && matches!(base, Base::Nothing(_)) && git::is_shallow(context) {
        return Before::Unknown(
            "the clone is too shallow to find earlier commits with a record (set `fetch-depth: 0` of actions/checkout)"
                .to_owned(),
        );
    }
    match history.newest_coverage(&head) {
        Some(record) => Before::Newest(record),
        None if history.had_coverage() => {
            Before::Unknown("no record of an earlier commit can be read".to_owned())
        }
        None => Before::Nothing,
    }
}

/// Commits to search for, nearest first: those in the clone, or those that the event names.
fn commits(base: &Base, context: &Context) -> Vec<String> {
    let (from, named) = match base {
        Base::Known { commit, .. } => (commit.as_str(), [].as_slice()),
        Base::Nothing(_) => {
            ("HEAD", ["/pull_request/base/sha", "/merge_group/base_sha", "/before"].as_slice())
        }
    };
    let listing = ["rev-list", "--first-parent", ANCESTORS, "--end-of-options", from];
    let told = git::ask(context, &listing).ok().flatten().unwrap_or_default();
    let named = named.iter().filter_map(|name| context.run.event.pointer(name)?.as_str());
    told.lines().chain(named).map(str::to_owned).collect()
}
