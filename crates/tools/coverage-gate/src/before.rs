//! What was covered before: the record of the base commit, from the history.

use crate::base::Base;
use robot_contract::Context;
use robot_history::History;
use robot_model::CoverageRecord;

/// Commits that are looked at for a record.
const ANCESTORS: &str = "--max-count=100";

/// What is compared with.
#[derive(Debug)]
pub(crate) enum Before {
    /// A record, and whether it is that of the base or of a commit before it.
    Ancestor(CoverageRecord),
    /// No commit before this one has a record within reach: the one that was measured last.
    Newest(CoverageRecord),
    /// A first run.
    Nothing,
}

impl Before {
    pub(crate) fn record(&self) -> Option<&CoverageRecord> {
        match self {
            Self::Ancestor(record) | Self::Newest(record) => Some(record),
            Self::Nothing => None,
        }
    }
}

/// Finds the record that is nearest to the base, or to the commit before this one.
pub(crate) fn find(history: &mut History, base: &Base, context: &Context) -> Before {
    if !history.has_coverage() {
        return Before::Nothing;
    }
    let from = match base {
        Base::Known { commit, .. } => commit,
        // A second attempt must not be compared with the first.
        Base::Nothing(_) if context.is_default_branch => "HEAD^",
        Base::Nothing(_) => "HEAD",
    };
    let commits = ["rev-list", "--first-parent", ANCESTORS, "--end-of-options", from];
    let commits = crate::base::git(context, &commits).unwrap_or_default();
    if let Some(record) = history.coverage(commits.lines()) {
        return Before::Ancestor(record);
    }
    history.newest_coverage().map_or(Before::Nothing, Before::Newest)
}
