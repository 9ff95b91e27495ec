//! What was compiled and linked, in words.

use crate::link::Linked;
use robot_model::{Block, Report};
use robot_render::counted;
use std::collections::{BTreeMap, BTreeSet};

/// The report of a build that succeeded.
pub(crate) fn report(packages: usize, linked: &Linked) -> Report {
    let all = linked.programs.len();
    let reused = linked.programs.iter().filter(|(_, known)| known.is_ok()).count();
    let packages = counted(packages, "package");
    let mut report = Report::new(match (all, reused) {
        (0, _) => format!("compiled {packages}; there is no program to link"),
        (all, 0) => format!("compiled {packages}, linked {}", counted(all, "program")),
        (all, reused) if all == reused => {
            format!("compiled {packages}; {} known to link", are(all, "program"))
        }
        (all, reused) => format!(
            "compiled {packages}, linked {}; {} known to link",
            counted(all - reused, "program"),
            are(reused, "other")
        ),
    });
    let lines = reuse(linked);
    if !lines.is_empty() {
        report.push(Block::text(lines.join("\n")));
    }
    report
}

/// From which commits verdicts are, and why the other programs were linked.
fn reuse(linked: &Linked) -> Vec<String> {
    let mut commits = BTreeSet::new();
    let mut because: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, known) in &linked.programs {
        match known {
            Ok(commit) => commits.extend(commit.as_deref().map(|it| it.get(..7).unwrap_or(it))),
            Err(why) => *because.entry(why).or_default() += 1,
        }
    }
    let mut lines = Vec::new();
    if !commits.is_empty() {
        let commits: Vec<_> = commits.into_iter().collect();
        lines.push(format!("linked before, of the same packages: {}", commits.join(", ")));
    }
    let linked = because.into_iter();
    lines.extend(linked.map(|(why, count)| format!("{} linked: {why}", counted(count, "program"))));
    lines
}

fn are(count: usize, noun: &str) -> String {
    format!("{} {}", counted(count, noun), if count == 1 { "is" } else { "are" })
}
